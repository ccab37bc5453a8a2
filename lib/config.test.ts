import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type ConfigSource, configSection, readConfig, readConfigSource, readRuntimeKeys } from './config.js';
import type { BangerError } from './errors.js';
import { tempFolder } from './testing/temp-folder.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

const netd = z.strictObject({
  pool: z.string().default('10.77.0.0/16'),
  dns_port: z.number().int().min(1).max(65_535).default(42_069),
  nat: z.boolean().default(false),
});
const log = z.strictObject({ level: z.enum(['info', 'warn']).default('info') });

function source(text?: string, env: Record<string, string> = {}): ConfigSource {
  return { text, path: '/etc/banger/config.toml', env };
}

function problems(read: () => unknown): { field: string; description: string }[] {
  try {
    read();
  } catch (error) {
    const { kind, reason, fields } = error as BangerError;
    expect({ kind, reason }).toEqual({ kind: 'invalid', reason: 'INVALID_CONFIG' });
    return [...fields];
  }
  throw new Error('the configuration was accepted');
}

test('without a file the defaults hold', () => {
  expect(configSection(source(), 'netd', netd)).toEqual({ pool: '10.77.0.0/16', dns_port: 42_069, nat: false });
});

test('the file beats the defaults, the environment beats the file', () => {
  const text = '[netd]\npool = "10.1.0.0/16"\ndns_port = 5300\n';
  const env = { BANGER_NETD_POOL: '10.2.0.0/16', BANGER_NETD_NAT: 'true', BANGER_STATE_DIR: '/s' };
  expect(configSection(source(text, env), 'netd', netd)).toEqual({ pool: '10.2.0.0/16', dns_port: 5300, nat: true });
});

test('a section is frozen', () => {
  expect(Object.isFrozen(configSection(source(), 'netd', netd))).toBe(true);
});

test('a mistake in the TOML is told with its line and column', () => {
  const [problem] = problems(() => configSection(source('[netd]\npool = "a"\nnat = maybe\n'), 'netd', netd));
  expect(problem?.field).toMatch(/^line 3, column \d+$/);
});

test('all problems of all sections are told at once', () => {
  const text = '[netd]\ndns_port = 0\nnat = "yes"\ncolour = "red"\n[log]\nlevel = "loud"\n[nework]\n';
  const fields = problems(() => readConfig(source(text), { log, netd })).map(({ field }) => field);
  expect(fields.sort()).toEqual(['log.level', 'netd.colour', 'netd.dns_port', 'netd.nat', 'nework']);
});

test('an unknown section does not end the supervisor, which would hide what the services find in theirs', () => {
  const text = '[netd]\ncolour = "red"\n[nework]\n';
  const supervisor = z.strictObject({});
  expect(readConfig(source(text), { log, supervisor })).toEqual({ log: { level: 'info' }, supervisor: {} });
  expect(problems(() => readConfig(source(text), { log, netd })).map(({ field }) => field)).toEqual([
    'nework',
    'netd.colour',
  ]);
});

test('a mistake in the environment is told under the variable’s name', () => {
  const env = { BANGER_NETD_DNS_PORT: '99999', BANGER_NETD_COLOUR: 'red' };
  const fields = problems(() => configSection(source('', env), 'netd', netd)).map(({ field }) => field);
  expect(fields.sort()).toEqual(['BANGER_NETD_COLOUR', 'BANGER_NETD_DNS_PORT']);
});

test('a plain value where a section belongs is told as such', () => {
  expect(problems(() => configSection(source('netd = "on"'), 'netd', netd))).toEqual([
    { field: 'netd', description: 'must be a section: write [netd] above its keys' },
  ]);
});

test('the message names the file', () => {
  expect(() => configSection(source('[netd]\nnat = 1'), 'netd', netd)).toThrow(
    /\/etc\/banger\/config\.toml: netd\.nat: /,
  );
});

test('a missing file is an empty one; one that cannot be read is a problem', () => {
  expect(readConfigSource(join(folder.path, 'none.toml'), {}).text).toBeUndefined();
  const file = join(folder.path, 'config.toml');
  writeFileSync(file, '[netd]\n');
  expect(readConfigSource(file, {}).text).toBe('[netd]\n');
  mkdirSync(join(folder.path, 'folder.toml'));
  expect(problems(() => readConfigSource(join(folder.path, 'folder.toml'), {}))).toHaveLength(1);
});

test('the keys above the sections: absolute paths, and one of them', () => {
  const source = (text: string) => ({ text, path: 'c.toml', env: {} });
  expect(readRuntimeKeys(source(''))).toEqual({});
  expect(readRuntimeKeys(source('runtime_dir = "/r"\n[vmm]\n'))).toEqual({ runtimeDir: '/r' });
  expect(readRuntimeKeys(source('repo_root = "/s"'))).toEqual({ repoRoot: '/s' });
  expect(() => readRuntimeKeys(source('runtime_dir = "r"\nrepo_root = 1'))).toThrow(
    'cannot use the configuration c.toml: runtime_dir: must be an absolute path; repo_root: must be an absolute path',
  );
  expect(() => readRuntimeKeys(source('runtime_dir = "/r"\nrepo_root = "/s"'))).toThrow('repo_root: means runtime_dir');
  expect(readConfig(source('runtime_dir = "/r"'), {})).toEqual({});
});
