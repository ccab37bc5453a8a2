import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { pollUntil } from '../clock.js';
import { tempFolder } from '../testing/temp-folder.js';
import { runCommand } from './command.js';
import {
  commandLine,
  cpuMs,
  endProcess,
  executablePath,
  identify,
  isAlive,
  isOurUsers,
  type ProcessIdentity,
  residentBytes,
  signalProcess,
  uptimeMs,
  waitGone,
} from './process.js';
import { spawnDetached } from './spawn.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
const started: ProcessIdentity[] = [];

beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(async () => {
  for (const identity of started.splice(0)) await endProcess(identity, 0);
  await folder.remove();
});

const forever = 'setInterval(() => 0, 60000)';
const logPath = () => join(folder.path, 'log');

async function detached(script: string): Promise<ProcessIdentity> {
  const { identity } = await spawnDetached([process.execPath, '-e', script], { logPath: logPath() });
  started.push(identity);
  return identity;
}

/** Waits until a program has written `word`, so that it is known to be ready. */
function wrote(word: string): Promise<boolean> {
  const look = () => readFileSync(logPath(), 'utf8').includes(word);
  return pollUntil(look, { what: `${word} is in the log`, timeoutMs: 30_000 });
}

function self(): ProcessIdentity {
  const identity = identify(process.pid);
  if (identity === undefined) throw new Error('this process cannot be seen');
  return identity;
}

test('a process whose first thread is gone is there until its last one is', async () => {
  const script = [
    'import ctypes, sys, threading',
    'def last():',
    '    sys.stdout.write("up"); sys.stdout.flush(); sys.stdin.readline()',
    'threading.Thread(target=last).start()',
    'ctypes.CDLL(None).pthread_exit(None)',
  ].join('\n');
  const stdinPath = join(folder.path, 'fifo');
  await runCommand(['mkfifo', stdinPath]);
  const { identity } = await spawnDetached(['python3', '-c', script], { logPath: logPath(), stdinPath });
  started.push(identity);
  await wrote('up');
  const isZombie = () => readFileSync(`/proc/${identity.pid}/stat`, 'utf8').includes(') Z ');
  await pollUntil(isZombie, { what: 'its first thread is gone', timeoutMs: 30_000 });
  expect(isAlive(identity)).toBe(true);
  writeFileSync(stdinPath, 'go\n');
  await waitGone(identity, 30_000);
});

test('this process is alive and known by its arguments, program and memory', () => {
  expect(isAlive(self())).toBe(true);
  expect(commandLine(process.pid)?.some((arg) => arg.includes('jest'))).toBe(true);
  expect(executablePath(process.pid)).toBe(process.execPath);
  expect(residentBytes(process.pid)).toBeGreaterThan(1024 * 1024);
});

test('a pid that was given to another process is not the same process, which is left alone', async () => {
  const other = await detached(forever);
  const former = { ...other, startTime: other.startTime - 1 };
  expect(isAlive(former)).toBe(false);
  expect(signalProcess(former, 'SIGKILL')).toBe(false);
  await endProcess(former, 0);
  expect(isAlive(other)).toBe(true);
});

test('a process that goes just as it is signalled is gone; one that may not be signalled is told of', () => {
  const kill = jest.spyOn(process, 'kill');
  const failing = (code: string) =>
    kill.mockImplementationOnce(() => {
      throw Object.assign(new Error('kill'), { code });
    });
  failing('ESRCH');
  expect(signalProcess(self(), 'SIGCONT')).toBe(false);
  failing('EPERM');
  expect(() => signalProcess(self(), 'SIGCONT')).toThrow(expect.objectContaining({ code: 'EPERM' }));
  kill.mockRestore();
});

test('a process whose name looks like a part of its status is identified', async () => {
  const identity = await detached(`process.title = 'a) R 1 (b'; console.log('up'); ${forever}`);
  await wrote('up');
  expect(identify(identity.pid)).toEqual(identity);
});

test('a zombie is gone', async () => {
  // The parent stops itself, so that it cannot take its child's exit.
  const script =
    "const c = require('node:child_process').spawn('true'); console.log(c.pid); process.kill(process.pid, 'SIGSTOP')";
  await detached(script);
  await wrote('\n');
  const child = Number(readFileSync(logPath(), 'utf8'));
  await pollUntil(() => identify(child) === undefined, { what: 'the child is a zombie', timeoutMs: 30_000 });
  expect(readFileSync(`/proc/${child}/stat`, 'utf8')).toMatch(/\) Z /);
});

test('no process, no answers', () => {
  const none = 2 ** 22 + 1;
  const answers = [identify, commandLine, residentBytes, cpuMs, executablePath].map((ask) => ask(none));
  expect(answers).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test('processor time and uptime go on', async () => {
  const cpuBefore = cpuMs(process.pid) ?? Number.NaN;
  const uptimeBefore = uptimeMs(self());
  await pollUntil(() => (cpuMs(process.pid) ?? 0) > cpuBefore && uptimeMs(self()) > uptimeBefore, {
    what: 'looking has cost processor time, and time',
    timeoutMs: 30_000,
    everyMs: 0,
  });
  // Node counts from a little later, and the kernel in steps of 10 ms.
  expect(uptimeMs(self()) - process.uptime() * 1000).toBeGreaterThan(-20);
});

test('a detached process writes to its log and outlives who started it', async () => {
  const inner = `console.log('inner is up'); ${forever}`;
  const starter: ChildProcess = spawn(process.execPath, [
    '-e',
    `const fs = require('node:fs'); const fd = fs.openSync(${JSON.stringify(logPath())}, 'a');
     const c = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { detached: true, stdio: ['ignore', fd, fd] });
     process.stdout.write(String(c.pid)); c.unref();`,
  ]);
  const [pid] = await once(starter.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  await once(starter, 'exit');
  const identity = identify(Number(pid));
  expect(identity).toBeDefined();
  if (identity) started.push(identity);
  await wrote('inner is up');
});

test('endProcess asks first', async () => {
  const identity = await detached(
    `process.on('SIGTERM', () => { console.log('bye'); process.exit(0) }); console.log('up'); ${forever}`,
  );
  await wrote('up');
  await endProcess(identity, 30_000);
  expect(isAlive(identity)).toBe(false);
  expect(readFileSync(logPath(), 'utf8')).toContain('bye');
});

test('endProcess kills what does not obey', async () => {
  const identity = await detached(`process.on('SIGTERM', () => console.log('no')); console.log('up'); ${forever}`);
  await wrote('up');
  await endProcess(identity, 200);
  expect(isAlive(identity)).toBe(false);
});

test('endProcess of one that is gone does nothing', async () => {
  const identity = await detached(forever);
  await endProcess(identity, 0);
  await endProcess(identity, 0);
  expect(isAlive(identity)).toBe(false);
});

test('waitGone gives up in time', async () => {
  await expect(waitGone(self(), 10)).rejects.toMatchObject({ reason: 'GAVE_UP' });
});

test('a process of this user is told from one that is gone', async () => {
  const identity = await detached(forever);
  expect(isOurUsers(identity.pid)).toBe(true);
  await endProcess(identity, 0);
  // Its entry goes when its parent, this test, has heard of its end.
  await pollUntil(() => !isOurUsers(identity.pid), { what: 'its entry is gone', timeoutMs: 30_000 });
});

test('a process of another user is none of ours', () => {
  expect(isOurUsers(process.pid)).toBe(true);
  const user = jest.spyOn(process, 'geteuid').mockReturnValue((process.geteuid?.() ?? 0) + 1);
  expect(isOurUsers(process.pid)).toBe(false);
  user.mockRestore();
});
