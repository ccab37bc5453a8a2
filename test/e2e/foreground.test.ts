import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { identify, isAlive, type ProcessIdentity } from '../../lib/host/process.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';
import { bangerProgram } from './support/world.js';

/** VMs that live as long as a process, as systemd, Nomad and their like want them: signals, exit codes, restarts. */

const generousMs = 300_000;
let device: KvmDevice;
let world: StandInWorld;
beforeAll(async () => {
  device = await kvmDevice();
  world = await createStandInWorld('off');
  await world.banger('daemon', 'start');
});
afterAll(async () => {
  await world?.dispose();
  await device?.remove();
});

/** `banger run --foreground` as a supervisor has it. */
interface Run {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exit: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const argv = [bangerProgram, 'run', 'debian', '--foreground', '--name', 'web', ...words];
  const child = spawnChild(argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...world.env, ...env } });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) child[stream]?.on('data', (data) => (said[stream] += data));
  return {
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    exit: new Promise((resolve) => child.once('close', resolve)),
    kill: (signal) => void child.kill(signal),
  };
}

interface VmJson {
  readonly uid: string;
  readonly spec: { readonly cpuCount: number };
  readonly status: { readonly state: string; readonly pid: number; readonly tie: string; readonly tap: string };
}
const stateOf = async () => {
  const { exitCode, stdout } = await world.attempt('vm', 'show', 'web', '--json');
  return exitCode === 0 ? (JSON.parse(stdout) as VmJson).status.state.replace('VM_STATE_', '') : 'none';
};
const until = (state: string) =>
  pollUntil(async () => (await stateOf()) === state, { what: `web is ${state}`, timeoutMs: generousMs });
const said = (text: () => string, pattern: RegExp) =>
  pollUntil(() => pattern.test(text()), { what: `it says ${pattern}`, timeoutMs: generousMs }).catch((error) => {
    throw new Error(`${error.message}; it said\n${text()}`);
  });
const type = (line: string) =>
  runCommand([bangerProgram, 'vm', 'console', 'web'], { env: world.env, stdin: `${line}\n` });

test('it shows the console, tells when the VM answers, and SIGTERM stops it in order', async () => {
  const folder = await tempFolder();
  const socket = `${folder.path}/notify`;
  const receive = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); print(s.recv(4096).decode())`;
  const told = runCommand(['python3', '-c', receive, socket], { timeoutMs: generousMs });
  await pollUntil(() => runCommand(['test', '-S', socket], { okExitCodes: [0, 1] }).then((r) => r.exitCode === 0), {
    ...{ what: 'somebody listens as systemd does', timeoutMs: generousMs },
  });
  const running = run(['--cpus', '2'], { NOTIFY_SOCKET: socket });
  expect((await told).stdout).toMatch(/^READY=1$/m);
  expect(await stateOf()).toBe('RUNNING');
  await said(running.stderr, /^web is running at 10\.77\./m);
  expect(running.stdout()).toMatch(/Linux version/);
  running.kill('SIGTERM');
  expect(await running.exit).toBe(0);
  expect(running.stderr()).toMatch(/^web: stopping$/m);
  expect(await stateOf()).toBe('STOPPED');
  await folder.remove();
});

test('the next run starts the VM that is there, shows what is new, and refuses to have it otherwise', async () => {
  const refused = run(['--cpus', '3']);
  expect(await refused.exit).toBe(4);
  expect(refused.stderr()).toMatch(/web in the foreground: it is there already, with cpus 2 instead of 3;.*vm set web/);
  const running = run(['--cpus', '2']);
  await until('RUNNING');
  await said(running.stdout, /banger: the vm starts/);
  expect(running.stdout().match(/banger: the vm starts/g)).toHaveLength(1);
  const second = run([]);
  expect(await second.exit).toBe(5);
  expect(second.stderr()).toMatch(/cannot tie vm web to this process: its life is tied to process \d+ already/);
  expect((await world.banger('vm', 'show', 'web')).stdout).toMatch(/Tied to +process \d+, is stopped when that ends/);
  await type('poweroff');
  expect(await running.exit).toBe(0);
  expect(await stateOf()).toBe('STOPPED');
});

test('a guest that panics ends it with an error, so that whoever supervises it starts it again', async () => {
  const running = run([]);
  await until('RUNNING');
  await type('panic');
  expect(await running.exit).toBe(5);
  expect(running.stderr()).toMatch(/vm web has failed: .*panic/);
});

test('it outlives the daemon, and so does the VM; killed, it takes the VM with it', async () => {
  const running = run([]);
  await until('RUNNING');
  const { pid } = (await world.json<VmJson>('vm', 'show', 'web')).status;
  const hypervisor = identify(pid) as ProcessIdentity;
  await world.banger('daemon', 'restart');
  await until('RUNNING');
  expect(isAlive(hypervisor)).toBe(true);
  running.kill('SIGKILL');
  expect(await running.exit).toBeNull();
  await until('STOPPED');
  expect(isAlive(hypervisor)).toBe(false);
  await world.banger('vm', 'delete', 'web');
});

test('with --rm nothing is left, also of one that was killed; the next run waits for that', async () => {
  const killed = run(['--rm']);
  await until('RUNNING');
  const { uid, status } = await world.json<VmJson>('vm', 'show', 'web');
  killed.kill('SIGKILL');
  await killed.exit;
  const next = run(['--rm']);
  await said(next.stderr, /^web is running/m);
  expect((await world.json<VmJson>('vm', 'show', 'web')).uid).not.toBe(uid);
  next.kill('SIGINT');
  expect(await next.exit).toBe(0);
  expect(await stateOf()).toBe('none');
  expect(await world.traces(uid, status.tap)).toEqual([]);
});

test('with --rm a VM that somebody has made is not touched', async () => {
  await world.banger('vm', 'create', 'web', '--no-start');
  const refused = run(['--rm']);
  expect(await refused.exit).toBe(4);
  expect(refused.stderr()).toMatch(/there is one of that name already/);
  expect(await stateOf()).toBe('STOPPED');
});

test('what means nothing to it is refused', async () => {
  const { exitCode, stderr } = await world.attempt('run', 'debian', '--foreground', '--tty', '--', 'true');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/--foreground runs no command[\s\S]*--tty: has a meaning only with a command/);
});
