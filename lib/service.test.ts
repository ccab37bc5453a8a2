import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DnsServiceService } from '../gen/banger/dnsd/v1/dns_service.js';
import { createClient } from './rpc/client.js';
import { lockFile } from './store/lock.js';
import { type RunningProgram, runTypeScript } from './testing/run-typescript.js';
import { tempFolder } from './testing/temp-folder.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
const programs: RunningProgram[] = [];

beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(async () => {
  for (const program of programs.splice(0)) await program.dispose();
  await folder.remove();
});

const inFolder = (name: string) => join(folder.path, name);

/** Starts the service of lib/testing/fixtures/service.ts with `config` as its configuration file. */
async function startService(config = '', env: Record<string, string> = {}): Promise<RunningProgram> {
  writeFileSync(inFolder('config.toml'), config);
  const own = { BANGER_STATE_DIR: inFolder('state'), BANGER_RUN_DIR: inFolder('run') };
  const program = await runTypeScript('lib/testing/fixtures/service.ts', {
    env: { ...own, BANGER_CONFIG: inFolder('config.toml'), ...env },
  });
  programs.push(program);
  return program;
}

function lastLine(stderr: string): Record<string, unknown> {
  return JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
}

test('a service reads its configuration, listens, and on SIGTERM lets its calls finish before it stops', async () => {
  const service = await startService('[dnsd]\ngreeting = "file"\n', { BANGER_DNSD_GREETING: 'environment' });
  expect([await service.nextLine(), await service.nextLine()]).toEqual(['start environment', 'listening']);
  const client = createClient(DnsServiceService, 'dnsd', inFolder('run/dnsd.sock'));
  const answer = client.listRecords({});
  expect(await service.nextLine()).toBe('called');
  service.child.kill('SIGTERM');
  await expect(answer).resolves.toEqual({ records: [] });
  client.close();
  expect(await service.nextLine()).toBe('stop');
  expect(await service.ended).toMatchObject({ code: 0 });
  expect(existsSync(inFolder('run/dnsd.sock'))).toBe(false);
});

test('a wrong configuration ends it with 78 and all mistakes in one line', async () => {
  const service = await startService('[dnsd]\ngreeting = 1\ncolour = "red"\n[log]\nlevel = "loud"\n');
  const { code, stderr } = await service.ended;
  expect(code).toBe(78);
  const { level, reason, msg } = lastLine(stderr);
  expect({ level, reason }).toEqual({ level: 60, reason: 'INVALID_CONFIG' });
  for (const field of ['dnsd.greeting', 'dnsd.colour', 'log.level']) expect(msg).toContain(field);
});

test('a start that fails ends it with 1, and its last line says why', async () => {
  const service = await startService('[dnsd]\nfail = true\n');
  const { code, stderr } = await service.ended;
  expect({ code, msg: lastLine(stderr).msg }).toEqual({ code: 1, msg: 'cannot start: as configured' });
});

test('a second one is refused before it starts anything, and the first goes on', async () => {
  const first = await startService();
  expect(await first.nextLine()).toBe('start hello');
  expect(await first.nextLine()).toBe('listening');
  const second = await startService();
  const { code, stderr } = await second.ended;
  expect({ code, reason: lastLine(stderr).reason }).toEqual({ code: 1, reason: 'SOCKET_IN_USE' });
  await expect(second.nextLine()).rejects.toThrow('it ended');
  expect(lockFile(inFolder('run/dnsd.sock.lock'))).toBeUndefined();
  first.child.kill('SIGTERM');
  expect(await first.nextLine()).toBe('stop');
});

test('a state folder that cannot be made is told with what to do', async () => {
  writeFileSync(inFolder('state'), 'a file is in the way');
  const { code, stderr } = await (await startService()).ended;
  expect(code).toBe(1);
  expect(lastLine(stderr).msg).toContain(inFolder('state'));
  expect(readFileSync(inFolder('state'), 'utf8')).toBe('a file is in the way');
});
