import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { silentLog } from '../../lib/log.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import type { GuestProcess, ShellGuest, Terminal } from '../../services/vmm/app/guest-ports.js';
import { toolCommand } from '../../services/vmm/app/guest-tool.js';
import { SshShells } from '../../services/vmm/host/shells/ssh-shells.js';
import { read, shellsContract } from '../contracts/shells.js';
import { type SshServer, startSshServer } from './ssh-server.js';

/** Commands over a real sshd. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: SshServer;
let shells: SshShells;
beforeAll(async () => {
  folder = await tempFolder();
  server = await startSshServer(folder.path);
  shells = newShells();
});
afterAll(async () => {
  shells?.close();
  await server?.stop();
  await folder?.remove();
});

const never = new AbortController().signal;
const newShells = () => new SshShells(server, silentLog, server);
const guest = (change: Partial<ShellGuest> = {}): ShellGuest => ({
  ...{ address: '127.0.0.1', user: 'root', hostKeyAlias: 'web.vm', hostKey: server.hostKey, gone: never },
  ...change,
});

function run(argv: readonly string[], terminal?: Terminal): Promise<GuestProcess> {
  return shells.start(guest(), { ...toolCommand(argv), ...(terminal && { terminal }) }, never);
}

const script = (text: string, terminal?: Terminal) => run(['/bin/sh', '-c', text], terminal);
const isThere = (pid: number) =>
  runCommand(['kill', '-0', `${pid}`], { okExitCodes: [0, 1] }).then((r) => r.exitCode === 0);
const isGone = (pid: number) =>
  pollUntil(async () => !(await isThere(pid)), { what: `process ${pid} is gone`, timeoutMs: 60_000 });

shellsContract('a real sshd', async () => {
  const own = newShells();
  return { shells: own, guest: guest(), stop: async () => own.close() };
});

async function waitingPids(): Promise<number[]> {
  const { stdout } = await runCommand(['pgrep', '-fx', '/bin/sh -c .*banger_order=.*'], { okExitCodes: [0, 1] });
  return stdout.split('\n').filter(Boolean).map(Number);
}

/** Shells of their own that have run a command, so that one waits for the next; with its process. */
async function withWaiting(own = newShells()) {
  const before = await waitingPids();
  await read(await own.start(guest(), toolCommand(['true']), never));
  const look = async () => (await waitingPids()).find((pid) => !before.includes(pid));
  return { own, pid: await pollUntil(look, { what: 'a shell waits', timeoutMs: 60_000 }) };
}

shellsContract('a real sshd, where a shell waits', async () => {
  const { own } = await withWaiting();
  return { shells: own, guest: guest(), stop: async () => own.close() };
});

test('a shell that waits becomes the next command, and another waits then', async () => {
  const { own, pid } = await withWaiting();
  const next = await own.start(guest(), toolCommand(['sh', '-c', 'cat; echo $$']), never);
  expect(next.pid).toBe(pid);
  await next.write(Buffer.from('in '));
  next.endInput();
  expect(await read(next)).toBe(`in ${pid}\n`);
  expect((await withWaiting(own)).pid).not.toBe(pid);
  const terminal = { columns: 80, rows: 24, type: 'vt100' };
  const seen = await own.start(guest(), { ...toolCommand(['tty']), terminal }, never);
  expect(await read(seen)).toMatch(/^\/dev\/pts\//);
  own.close();
});

test('a shell that is killed as it waits loses no command, though nobody knows of it yet', async () => {
  const { own, pid } = await withWaiting();
  const sshd = (await runCommand(['ps', '-o', 'ppid=', '-p', `${pid}`])).stdout.trim();
  // Until it goes on, it says of nothing that it has ended.
  await runCommand(['kill', '-STOP', sshd]);
  await runCommand(['kill', '-KILL', `${pid}`]);
  const starting = own.start(guest(), toolCommand(['echo', 'here']), never);
  await runCommand(['kill', '-CONT', sshd]);
  const next = await starting;
  expect(await read(next)).toBe('here\n');
  expect(next.pid).not.toBe(pid);
  own.close();
});

test('output and errors are apart, and the exit code is passed on', async () => {
  const process = await script('echo out; echo err >&2; exit 7');
  const seen = { stdout: '', stderr: '' };
  for await (const { stream, data } of process.output) seen[stream] += Buffer.from(data).toString();
  expect({ ...seen, exit: await process.exit() }).toEqual({ stdout: 'out\n', stderr: 'err\n', exit: { code: 7 } });
});

test('a terminal has its size, and hears of another', async () => {
  const process = await script('stty size; trap "stty size; exit" WINCH; while :; do read -r _; done', {
    ...{ columns: 90, rows: 20, type: 'vt100' },
  });
  let seen = '';
  for await (const { data } of process.output) {
    seen += Buffer.from(data).toString();
    if (seen === '20 90\r\n') process.resize({ columns: 132, rows: 43 });
    if (seen.includes('43 132')) break;
  }
  expect(seen).toBe('20 90\r\n43 132\r\n');
});

test('what is ended takes with it what it started, even what hears no hang-up', async () => {
  const process = await script('trap "" HUP; sleep 1000 & echo $!; wait');
  const output = process.output[Symbol.asyncIterator]();
  const child = Number(Buffer.from((await output.next()).value?.data ?? []).toString());
  expect(await isThere(child)).toBe(true);
  process.abandon();
  await isGone(child);
  await isGone(process.pid ?? 0);
});

test('more commands than one connection takes run side by side', async () => {
  const count = 25;
  const running = await Promise.all(Array.from({ length: count }, () => run(['cat'])));
  expect(new Set(running.map(({ pid }) => pid)).size).toBe(count);
  const ended = running.map(async (process, i) => {
    await process.write(Buffer.from(`${i}`));
    process.endInput();
    return read(process);
  });
  expect(await Promise.all(ended)).toEqual(Array.from({ length: count }, (_, i) => `${i}`));
});

test('commands that come and go share few connections', async () => {
  const oneAfterTheOther = async () => {
    for (let i = 0; i < 20; i++) await read(await run(['true']));
  };
  await Promise.all(Array.from({ length: 15 }, oneAfterTheOther));
  const argv = ['ss', '-Htn', 'state', 'established', 'dport', `${server.port}`];
  const { stdout } = await runCommand(argv);
  expect(stdout.trim().split('\n').length).toBeLessThan(10);
});

test('what it writes waits until it is read', async () => {
  const process = await run(['head', '-c', '400000000', '/dev/zero']);
  const before = globalThis.process.memoryUsage().rss;
  let length = 0;
  let most = 0;
  for await (const { data } of process.output) {
    length += data.length;
    most = Math.max(most, globalThis.process.memoryUsage().rss - before);
    if (length < 4_000_000) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(length).toBe(400_000_000);
  expect(most).toBeLessThan(150_000_000);
});

test('a server with another key is not spoken to', async () => {
  const hostKey = (await runCommand(['sh', '-c', `cut -d' ' -f1,2 ${server.identityFile}.pub`])).stdout.trim();
  await expect(shells.start(guest({ hostKey }), toolCommand(['true']), never)).rejects.toMatchObject({
    reason: 'GUEST_UNREACHABLE',
  });
});

test('a guest that is gone takes its commands with it, and is logged in to anew', async () => {
  const gone = new AbortController();
  const own = newShells();
  const start = (signal: AbortSignal) => own.start(guest({ gone: signal }), toolCommand(['cat']), never);
  const first = await start(gone.signal);
  gone.abort();
  await read(first);
  await expect(first.exit()).rejects.toMatchObject({ reason: 'GUEST_UNREACHABLE' });
  const second = await start(never);
  second.endInput();
  await read(second);
  expect(await second.exit()).toEqual({ code: 0 });
  own.close();
});

test('a caller that goes before it is logged in leaves nothing', async () => {
  const gone = new AbortController();
  const own = newShells();
  const starting = own.start(guest(), toolCommand(['sleep', '1000']), gone.signal);
  gone.abort(new Error('gone'));
  await expect(starting).rejects.toThrow('gone');
  own.close();
});

test('a guest that is gone before anybody has logged in is not waited for', async () => {
  // Nothing answers at an address of TEST-NET-1, RFC 5737: only the login's own deadline would end it.
  const silent = guest({ address: '192.0.2.1', gone: AbortSignal.abort() });
  await expect(shells.start(silent, toolCommand(['true']), never)).rejects.toMatchObject({
    ...{ reason: 'GUEST_UNREACHABLE', message: expect.stringContaining('does not run any more') },
  });
});

test('callers that go while their command starts leave none behind', async () => {
  const own = newShells();
  // No other sleep takes just as long.
  const argv = ['sleep', '31415.92'];
  await read(await own.start(guest(), toolCommand(['true']), never));
  for (let i = 0; i < 6; i++) {
    const gone = new AbortController();
    const starting = own.start(guest(), toolCommand(argv), gone.signal);
    gone.abort(new Error('gone'));
    await expect(starting).rejects.toThrow('gone');
  }
  // What is asked for last is begun last: what was to be left is there by now, or has been.
  await read(await own.start(guest(), toolCommand(['true']), never));
  const find = () => runCommand(['pgrep', '-fx', argv.join(' ')], { okExitCodes: [0, 1] });
  await pollUntil(async () => (await find()).exitCode === 1, { what: 'no command is left', timeoutMs: 60_000 });
  own.close();
});
