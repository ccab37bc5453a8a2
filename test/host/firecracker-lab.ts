import { join } from 'node:path';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { ensureFolder, pathExists, readTextIfExists, stat, truncate, writeFile } from '../../lib/host/files.js';
import { type ProcessIdentity, signalProcess, waitGone } from '../../lib/host/process.js';
import { spawnDetached } from '../../lib/host/spawn.js';
import { silentLog } from '../../lib/log.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import type { LaunchPlan, Machine } from '../../services/vmm/app/ports.js';
import { bootArgs } from '../../services/vmm/domain/boot-args.js';
import { ConsoleLogs } from '../../services/vmm/host/console-logs.js';
import { jailedApiSocket } from '../../services/vmm/host/firecracker/args.js';
import { FirecrackerClient } from '../../services/vmm/host/firecracker/client.js';
import { JailedHome, PlainHome } from '../../services/vmm/host/firecracker/home.js';
import { Firecracker } from '../../services/vmm/host/firecracker/hypervisor.js';
import { Jails } from '../../services/vmm/host/firecracker/jail.js';
import { freshFiles } from '../../services/vmm/host/firecracker/logs.js';
import { VmPaths } from '../../services/vmm/host/vm-paths.js';
import type { HypervisorUnderTest } from '../contracts/hypervisor-under-test.js';
import { installStandIn } from '../stand-in/install.js';
import type { StandInSettings } from '../stand-in/settings.js';
import { leftoversOf, trialLeftovers } from './hypervisor-leftovers.js';

const mib = 1024 * 1024;
/** Beyond all users that a host has. */
const jailUid = 654_321;

export interface LabOptions {
  readonly jailed?: boolean;
  readonly settings?: Partial<StandInSettings>;
}

/** Firecracker's adapter over the stand-in: real processes, taps and jails; the guest goes by its script. */
export async function firecrackerLab({ jailed = false, settings = {} }: LabOptions = {}) {
  const folder = await tempFolder();
  const at = (...names: string[]) => join(folder.path, ...names);
  const paths = new VmPaths(at('s'), at('r'));
  const consoles = new ConsoleLogs(paths, mib, silentLog, Date.now);
  const trace = at('trace', 'requests');
  await ensureFolder(at('trace'));
  const install = (more: Partial<StandInSettings> = {}) => installStandIn(at('bin'), { trace, ...settings, ...more });
  const programs = await install();
  for (const name of ['vmlinux', 'initrd', 'rootfs'])
    await writeFile(at(name), '\x7fELF and the rest', { mode: 0o644 });
  const taps = new Set<string>();

  async function plan(digit: number): Promise<LaunchPlan> {
    const uid = `000000000000000${digit}`;
    const tap = `bgfc${digit}`;
    if (!taps.has(tap)) await addTap(tap, jailed ? jailUid : 0);
    taps.add(tap);
    await ensureFolder(paths.stateFolder(uid));
    for (const disk of [paths.overlay(uid), paths.workDisk(uid)]) {
      await writeFile(disk, '', { flag: 'a' });
      await truncate(disk, 64 * mib);
    }
    const network = { ipv4Address: `10.77.0.1${digit}`, gateway: '10.77.0.1' };
    return {
      uid,
      name: `guest${digit}`,
      cpuCount: 1,
      memoryMib: 128,
      hypervisor: 'firecracker',
      acceleration: 'kvm',
      ...(jailed && { jailUid }),
      vmlinuxPath: at('vmlinux'),
      initrdPath: at('initrd'),
      commandLine: bootArgs({
        hypervisor: 'firecracker',
        init: 'light',
        origin: { init: 'light' },
        network,
        layerCount: 0,
      }),
      disks: { base: at('rootfs'), overlay: paths.overlay(uid), work: paths.workDisk(uid), layers: [] },
      network: { tap, macAddress: `06:00:0a:4d:00:1${digit}` },
    };
  }

  const adapter = (log = silentLog) =>
    new Firecracker({ program: programs.firecracker, jailer: programs.jailer, paths, consoles, log });

  /** Starts the process of a VM and asks it for nothing, as a service does that dies then. */
  async function startOnly(vm: LaunchPlan, { answers = true } = {}): Promise<ProcessIdentity> {
    const { uid } = vm;
    const jails = new Jails(paths.jails);
    const home = jailed
      ? new JailedHome(await jails.root(programs.firecracker, uid), uid, paths, jails)
      : new PlainHome(uid, paths);
    await freshFiles(paths, uid);
    await home.prepare(vm);
    const { identity } = await spawnDetached(await home.argv(vm, programs), { logPath: paths.hypervisorLog(uid) });
    const isUp = async () => (await pathExists(home.apiSocket)) && (!answers || (await answersAt(home.apiSocket)));
    await pollUntil(isUp, { what: 'the process is up', timeoutMs: 60_000 });
    return identity;
  }

  /** What the stand-ins were asked so far, in or outside a jail. */
  async function traced(uid: string): Promise<readonly TraceLine[]> {
    const root = await new Jails(paths.jails).root(programs.firecracker, uid);
    const places = [trace, join(root, 'run', 'trace.jsonl')];
    const texts = await Promise.all(places.map(readTextIfExists));
    // What follows the last line break is still being written.
    const lines = texts.flatMap((text = '') => text.split('\n').slice(0, -1));
    return lines.map((line) => JSON.parse(line) as TraceLine);
  }

  /** Whether a stand-in has come to a step. */
  async function reached(uid: string, step: string): Promise<boolean> {
    const names = (line: TraceLine) => [`${line.step}`, `${line.method} ${line.path}`];
    return (await traced(uid)).some((line) => names(line).includes(step));
  }

  async function apiSocket(uid: string): Promise<string> {
    const root = await new Jails(paths.jails).root(programs.firecracker, uid);
    return jailed ? join(root, jailedApiSocket) : paths.firecrackerApi(uid);
  }

  async function remove(): Promise<void> {
    // A test that failed has left its processes.
    const hypervisor = adapter();
    for (const found of await hypervisor.find()) await (await hypervisor.adopt(found, found.uid))?.end();
    for (const tap of taps) await runCommand(['ip', 'link', 'delete', tap]);
    await folder.remove();
  }

  return {
    paths,
    consoles,
    install,
    programs,
    plan,
    adapter,
    traced,
    reached,
    apiSocket,
    startOnly,
    leftovers: (uid: string) => leftoversOf(paths, uid),
    remove,
    path: folder.path,
  };
}

export type FirecrackerLab = Awaited<ReturnType<typeof firecrackerLab>>;

export interface TraceLine {
  readonly step: number | string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
}

/** The lab as the contract suite wants it: the scripted guest obeys what is typed. */
export async function standInUnderTest(options: LabOptions): Promise<HypervisorUnderTest> {
  const lab = await firecrackerLab(options);
  return {
    adapter: lab.adapter,
    consoles: lab.consoles,
    kernel: {
      kernelDigest: 'sha256:test',
      kernelHasPvh: true,
      vmlinuxPath: join(lab.path, 'vmlinux'),
      initrdPath: join(lab.path, 'initrd'),
    },
    plan: lab.plan,
    guestIsUp: ({ uid }) => says(lab, uid, 'Run /init'),
    guestPowersOff: (machine) => typeLine(machine, 'poweroff'),
    guestReboots: (machine) => typeLine(machine, 'reboot'),
    guestPanics: (machine) => typeLine(machine, 'panic'),
    crash: async ({ process }) => {
      signalProcess(process, 'SIGKILL');
      await waitGone(process, 60_000);
    },
    extendWorkDisk: (uid, bytes) => truncate(lab.paths.workDisk(uid), bytes),
    // The scripted guest has no disks: that Firecracker was told after the file had grown is what there is to see.
    seesWorkDisk: async ({ uid }, bytes) => {
      const told = (await lab.traced(uid)).some(({ method, path }) => method === 'PATCH' && path === '/drives/work');
      return told && (await stat(lab.paths.workDisk(uid))).size === bytes;
    },
    leftovers: lab.leftovers,
    trialLeftovers: () => trialLeftovers(lab.paths, join(lab.path, 'vmlinux')),
    dispose: lab.remove,
  };
}

async function answersAt(apiSocket: string): Promise<boolean> {
  const client = new FirecrackerClient(apiSocket, 'guest');
  return client
    .ping()
    .then(
      () => true,
      () => false,
    )
    .finally(() => client.close());
}

/** Waits until the guest has said something on its console. */
async function says(lab: FirecrackerLab, uid: string, words: string): Promise<void> {
  const text = async () => (await readTextIfExists(lab.paths.consoleLog(uid)))?.includes(words);
  await pollUntil(text, { what: `the console says ${words}`, timeoutMs: 60_000 });
}

export async function typeLine(machine: Machine, line: string): Promise<void> {
  const keyboard = await machine.openKeyboard();
  await keyboard.type(Buffer.from(`${line}\n`));
  keyboard.close();
}

async function addTap(tap: string, owner: number): Promise<void> {
  await runCommand(['ip', 'tuntap', 'add', tap, 'mode', 'tap', 'user', `${owner}`]);
  await runCommand(['ip', 'link', 'set', tap, 'up']);
}
