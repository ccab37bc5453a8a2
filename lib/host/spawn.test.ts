import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../clock.js';
import { tempFolder } from '../testing/temp-folder.js';
import { runCommand } from './command.js';
import { endProcess, isAlive, type ProcessIdentity } from './process.js';
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

const logPath = () => join(folder.path, 'log');

test('spawnDetached starts a session of its own', async () => {
  const { identity } = await spawnDetached(['sleep', '1000'], { logPath: logPath() });
  started.push(identity);
  const { pid } = identity;
  const session = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3];
  expect(Number(session)).toBe(pid);
});

test.each([
  ['by its own will', 'process.exit(3)', { code: 3, signal: null }],
  ['by a signal', "process.kill(process.pid, 'SIGKILL')", { code: null, signal: 'SIGKILL' }],
])('the one who started a process is told that it ended %s', async (_how, last, exit) => {
  const { exited } = await spawnDetached([process.execPath, '-e', last], { logPath: logPath() });
  expect(await exited).toEqual(exit);
});

test('output and errors can be kept apart', async () => {
  const stdoutPath = join(folder.path, 'stdout');
  writeFileSync(stdoutPath, 'kept ');
  const script = "console.log('said'); console.error('complained')";
  const { exited } = await spawnDetached([process.execPath, '-e', script], { logPath: logPath(), stdoutPath });
  await exited;
  expect([readFileSync(stdoutPath, 'utf8'), readFileSync(logPath(), 'utf8')]).toEqual(['kept said\n', 'complained\n']);
});

test('a FIFO is an input that does not end with its writers', async () => {
  const stdinPath = join(folder.path, 'stdin');
  await runCommand(['mkfifo', stdinPath]);
  const { identity } = await spawnDetached(['cat'], { logPath: logPath(), stdinPath });
  started.push(identity);
  for (const word of ['one', 'two']) {
    writeFileSync(stdinPath, word);
    await pollUntil(() => readFileSync(logPath(), 'utf8').includes(word), {
      what: `${word} is in the log`,
      timeoutMs: 30_000,
    });
  }
  expect(isAlive(identity)).toBe(true);
});

test('a program that is missing cannot be started', async () => {
  await expect(spawnDetached(['no-such-program'], { logPath: logPath() })).rejects.toThrow('ENOENT');
});
