import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { resolvePaths } from '../lib/paths.js';
import { tempFolder } from '../lib/testing/temp-folder.js';
import { checkUnit, hasUnit, startUnit } from './systemd.js';

/** With a systemctl that says what the real one says. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let booted: string;
const path = process.env.PATH;
const system = resolvePaths({}, 0);
const execStart =
  'ExecStart={ path=/usr/bin/bangerd ; argv[]=/usr/bin/bangerd ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; ' +
  'pid=0 ; code=(null) ; status=0/0 }';

beforeEach(async () => {
  folder = await tempFolder();
  booted = join(folder.path, 'booted');
  mkdirSync(booted);
  process.env.PATH = `${folder.path}:${path}`;
});
afterEach(() => {
  process.env.PATH = path;
  return folder.remove();
});

function systemctl(says: string, exitCode = 0): void {
  const script = `#!/bin/sh\necho "$*" >>${folder.path}/calls\necho '${says}'\nexit ${exitCode}\n`;
  writeFileSync(join(folder.path, 'systemctl'), script);
  chmodSync(join(folder.path, 'systemctl'), 0o755);
}

const calls = () => readFileSync(join(folder.path, 'calls'), 'utf8').split('\n').slice(0, -1);

test('the daemon whose program the unit names is the unit’s', async () => {
  systemctl(execStart);
  expect(await hasUnit('/usr/bin/bangerd', system, booted)).toBe(true);
  expect(await hasUnit('/usr/local/bin/bangerd', system, booted)).toBe(false);
  expect(calls()).toEqual(Array(2).fill('show --property=ExecStart banger.service'));
});

test('without the unit there is nothing to start', async () => {
  systemctl('');
  expect(await hasUnit('/usr/bin/bangerd', system, booted)).toBe(false);
});

test.each([
  ['where systemd does not run the system', system, '/nonexistent'],
  ['for a daemon with places of its own', resolvePaths({ BANGER_STATE_DIR: '/tmp/x' }, 0), undefined],
])('systemd is not asked %s', async (_what, paths, absent) => {
  systemctl(execStart);
  expect(await hasUnit('/usr/bin/bangerd', paths, absent ?? booted)).toBe(false);
  expect(calls).toThrow(/ENOENT/);
});

test('a unit that starts is let start', async () => {
  systemctl('activating', 3);
  await checkUnit();
  systemctl('');
  await startUnit(new AbortController().signal);
  expect(calls()).toEqual(['is-active banger.service', 'start banger.service']);
});

const failed = { reason: 'DAEMON_NOT_STARTED', message: expect.stringContaining('journalctl -u banger.service') };

test('one that has failed, or cannot be started, is told, with the way to its log', async () => {
  systemctl('failed', 3);
  await expect(checkUnit()).rejects.toMatchObject(failed);
  systemctl('', 1);
  await expect(startUnit(new AbortController().signal)).rejects.toMatchObject(failed);
});
