import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../clock.js';
import { tempFolder } from '../testing/temp-folder.js';
import { runCommand } from './command.js';
import { identify } from './process.js';

// Programs are started and ended here; on a busy machine that takes its time.

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];

/** Starts another process, writes both pids to `file` and waits for ever; `inner` is what the other one does. */
function family(file: string, inner: string): string[] {
  const script = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.once('data', () => require('node:fs').writeFileSync(${JSON.stringify(file)}, process.pid + ' ' + child.pid));
    setInterval(() => 0, 60000);`;
  return node(script);
}
const waits = "process.stdout.write('up'); setInterval(() => 0, 60000)";
const disobeys = `process.on('SIGTERM', () => 0); ${waits}`;

async function pidsIn(file: string): Promise<number[]> {
  const read = () => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  };
  const text = await pollUntil(() => read() || undefined, { what: 'the processes are up', timeoutMs: 30_000 });
  return text.split(' ').map(Number);
}

function allGone(pids: readonly number[]): Promise<boolean> {
  const gone = () => pids.every((pid) => identify(pid) === undefined);
  return pollUntil(gone, { what: 'the processes are gone', timeoutMs: 30_000 });
}

test('output, errors and exit code come back', async () => {
  const script = "console.log('out'); console.error('err')";
  await expect(runCommand(node(script))).resolves.toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 0 });
});

test('arguments reach the program as they are: there is no shell', async () => {
  const nasty = ['$HOME', '`id`', 'a b', "'", '*', ''];
  const { stdout } = await runCommand(node('console.log(JSON.stringify(process.argv.slice(1)))', '--', ...nasty));
  expect(JSON.parse(stdout)).toEqual(nasty);
});

test('input, folder and environment are the caller’s; the locale is fixed', async () => {
  const script =
    "process.stdin.on('data', (d) => console.log(String(d), process.cwd(), process.env.X, process.env.LC_ALL))";
  const options = { stdin: 'in', cwd: folder.path, env: { X: 'y' } };
  await expect(runCommand(node(script), options)).resolves.toMatchObject({ stdout: `in ${folder.path} y C.UTF-8\n` });
});

test('a program can open its input by name', async () => {
  const script = "console.log(require('node:fs').readFileSync('/dev/stdin', 'utf8'))";
  await expect(runCommand(node(script), { stdin: Buffer.from('in') })).resolves.toMatchObject({ stdout: 'in\n' });
});

test('a program that does not read its input does no harm', async () => {
  const result = await runCommand(node('process.exit(0)'), { stdin: 'x'.repeat(10_000_000) });
  expect(result.exitCode).toBe(0);
});

test('an exit code that is no answer is COMMAND_FAILED with the end of the output', async () => {
  const script = "for (let i = 0; i < 50; i++) console.error('line ' + i); process.exitCode = 3";
  await expect(runCommand(node(script))).rejects.toMatchObject({
    kind: 'internal',
    reason: 'COMMAND_FAILED',
    message: expect.stringMatching(/failed with exit code 3: line 38\n(.*\n)*line 49$/),
  });
});

test('an expected exit code is an answer', async () => {
  await expect(runCommand(node('process.exit(3)'), { okExitCodes: [0, 3] })).resolves.toMatchObject({ exitCode: 3 });
});

test('a program that dies by a signal is told from one that fails', async () => {
  await expect(runCommand(node("process.kill(process.pid, 'SIGKILL')"))).rejects.toThrow('was ended by SIGKILL');
});

test.each([
  ['is missing', ['no-such-program']],
  ['has too many arguments', ['true', 'x'.repeat(3_000_000)]],
])('a program that %s could not be started', async (_why, argv) => {
  await expect(runCommand(argv)).rejects.toMatchObject({
    reason: 'COMMAND_FAILED',
    message: expect.stringContaining('could not be started'),
  });
});

test('lines are told as they come, whole, the last one too', async () => {
  const lines: string[] = [];
  const script = "process.stderr.write('10%\\r20%\\nlast'); process.stdout.write('one\\ntwo')";
  await runCommand(node(script), { onStderrLine: (l) => lines.push(l), onStdoutLine: (l) => lines.push(l) });
  expect(lines.sort()).toEqual(['10%', '20%', 'last', 'one', 'two']);
});

test('large output arrives whole', async () => {
  const { stdout } = await runCommand(node("process.stdout.write('€'.repeat(5e6))"));
  expect(stdout.length).toBe(5e6);
});

test('output without end is stopped', async () => {
  const endless = node('const b = Buffer.alloc(1 << 20); const w = () => process.stdout.write(b, w); w()');
  await expect(runCommand(endless)).rejects.toThrow('printed more than 64 MiB');
});

test('a timeout ends the program and what it started', async () => {
  const file = join(folder.path, 'pids');
  const running = runCommand(family(file, waits), { timeoutMs: 3_000 });
  const failed = expect(running).rejects.toThrow('took longer than 3 s');
  const pids = await pidsIn(file);
  await failed;
  await allGone(pids);
});

test('what does not obey SIGTERM ends as well, even when its parent has obeyed', async () => {
  const file = join(folder.path, 'pids');
  const controller = new AbortController();
  const running = runCommand(family(file, disobeys), { signal: controller.signal });
  const failed = expect(running).rejects.toThrow('enough');
  const pids = await pidsIn(file);
  controller.abort(new Error('enough'));
  await failed;
  await allGone(pids);
});

test('an abort rejects with the caller’s reason, and nothing is left on the signal', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  await runCommand(['true'], { signal });
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  controller.abort(new Error('enough'));
  await expect(runCommand(['true'], { signal })).rejects.toThrow('enough');
});

test('a daemon that left the group and holds the output does not hold the caller', async () => {
  const file = join(folder.path, 'pid');
  const daemon = `require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => 0, 60000)`;
  const script = `
    const { spawn } = require('node:child_process');
    spawn(process.execPath, ['-e', ${JSON.stringify(daemon)}], { detached: true, stdio: 'inherit' }).unref()`;
  const running = runCommand(node(script), { timeoutMs: 2_000 });
  const failed = expect(running).rejects.toThrow('took longer');
  const pids = await pidsIn(file);
  await failed;
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await allGone(pids);
});
