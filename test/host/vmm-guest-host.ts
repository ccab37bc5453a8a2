import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../lib/host/command.js';
import { writeFile } from '../../lib/host/files.js';
import { signalProcess, waitGone } from '../../lib/host/process.js';
import { silentLog } from '../../lib/log.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import type { BootKernel, Hypervisor, LaunchPlan, Machine } from '../../services/vmm/app/ports.js';
import { bootArgs } from '../../services/vmm/domain/boot-args.js';
import { identitySeed } from '../../services/vmm/domain/seed.js';
import type { HypervisorKind } from '../../services/vmm/domain/vm.js';
import { ConsoleLogs } from '../../services/vmm/host/console-logs.js';
import { FileDisks } from '../../services/vmm/host/disks.js';
import { Firecracker } from '../../services/vmm/host/firecracker/hypervisor.js';
import { TcpGuests } from '../../services/vmm/host/guests.js';
import { Qemu } from '../../services/vmm/host/qemu/hypervisor.js';
import { SshKeyFiles } from '../../services/vmm/host/ssh-keys.js';
import { VmPaths } from '../../services/vmm/host/vm-paths.js';
import type { HypervisorUnderTest } from '../contracts/hypervisor-under-test.js';
import { leftoversOf, trialLeftovers } from './hypervisor-leftovers.js';

const gateway = '10.77.0.1';
const generousMs = 240_000;

/** What runs the guests. */
export interface GuestHypervisor {
  readonly kind: HypervisorKind;
  readonly program: string;
  readonly jailer?: string;
  /** Locks it up as this user. */
  readonly jailUid?: number;
}

/**
 * Everything that a real guest needs without netd and imaged: taps in this test's own network namespace, and kernel,
 * initrd and image from the store of imaged that BANGER_TEST_STORE names.
 */
export async function guestHost(which: GuestHypervisor = { kind: 'qemu', program: 'qemu-system-x86_64' }) {
  const folder = await tempFolder();
  const paths = new VmPaths(join(folder.path, 's'), join(folder.path, 'r'));
  const disks = new FileDisks(paths);
  const keys = new SshKeyFiles(paths);
  const guests = new TcpGuests(keys.files);
  const consoles = new ConsoleLogs(paths, 1024 * 1024, silentLog, Date.now);
  const files = await bootFiles(folder.path);
  const kernel: BootKernel = {
    kernelDigest: 'sha256:test',
    kernelHasPvh: true,
    vmlinuxPath: files.vmlinux,
    initrdPath: files.initrd,
  };
  const knownHosts: string[] = [];
  const made = new Map<number, Promise<LaunchPlan>>();
  await runCommand(['ip', 'addr', 'replace', `${gateway}/32`, 'dev', 'lo']);

  const addressOf = (uid: string) => `10.77.0.1${uid.at(-1)}`;

  async function newPlan(digit: number, init: 'light' | 'system'): Promise<LaunchPlan> {
    // Not the uids of the lab for Firecracker, whose suite may look at the processes of the same machine at the same time.
    const uid = `a00000000000000${digit}`;
    const name = `guest${digit}`;
    const tap = `bgtest${digit}`;
    await addTap(tap, addressOf(uid), which.jailUid ?? 0);
    const hostKey = await keys.newHostKey('test');
    knownHosts.push(`${uid} ${hostKey.publicKey}\n`);
    await keys.writeKnownHosts(knownHosts.join(''), '');
    const seed = identitySeed({
      name,
      gateway,
      machineId: `${digit}`.repeat(32),
      hostPrivateKey: hostKey.privateKey,
      hostPublicKey: hostKey.publicKey,
      authorizedKey: await keys.authorizedKey(),
    });
    await disks.createOverlay({ uid, name }, 1024, seed);
    await disks.ensureWork({ uid, name }, 64);
    const network = { ipv4Address: addressOf(uid), gateway };
    return {
      uid,
      name,
      cpuCount: 1,
      memoryMib: 256,
      hypervisor: which.kind,
      acceleration: which.kind === 'qemu' ? 'tcg' : 'kvm',
      ...(which.jailUid !== undefined && { jailUid: which.jailUid }),
      vmlinuxPath: files.vmlinux,
      initrdPath: files.initrd,
      commandLine:
        process.env.BANGER_TEST_BOOT_ARGS ??
        bootArgs({ hypervisor: which.kind, init, origin: { init: 'light' }, network, layerCount: 0 }),
      disks: { base: files.rootfs, overlay: paths.overlay(uid), work: paths.workDisk(uid), layers: [] },
      network: { tap, macAddress: `52:54:00:77:00:1${digit}` },
    };
  }

  /** One VM per digit, with the disks that its former runs have left. */
  function plan(digit: number, init: 'light' | 'system' = 'light'): Promise<LaunchPlan> {
    const known = made.get(digit) ?? newPlan(digit, init);
    made.set(digit, known);
    return known;
  }

  const loginOf = (uid: string) => ({ address: addressOf(uid), user: 'root', hostKeyAlias: uid });
  const run = (uid: string, ...argv: string[]) => guests.run(loginOf(uid), argv);

  /** Runs a command that ends the guest, and with it the connection before it can report a success. */
  async function runLast({ uid, ended }: Machine, ...argv: string[]): Promise<void> {
    const gone = new AbortController();
    void ended.then(() => gone.abort(new Error('the guest has ended')));
    await guests.run(loginOf(uid), argv, gone.signal).catch(() => undefined);
  }

  return {
    paths,
    disks,
    consoles,
    kernel,
    plan,
    run,
    runLast,
    runAsNobody: (uid: string) => guests.run({ ...loginOf(uid), hostKeyAlias: 'nobody' }, ['true']),
    isUp: ({ uid }: Pick<Machine, 'uid'>) => guests.answers(addressOf(uid), AbortSignal.timeout(generousMs)),
    leftovers: (uid: string) => leftoversOf(paths, uid),
    trialLeftovers: () => trialLeftovers(paths, kernel.vmlinuxPath),
    adapter: (): Hypervisor => {
      const common = { program: which.program, paths, consoles, log: silentLog };
      return which.kind === 'qemu'
        ? new Qemu(common)
        : new Firecracker({ ...common, jailer: which.jailer ?? 'jailer' });
    },
    remove: async () => {
      for (const each of made.values()) await runCommand(['ip', 'link', 'delete', (await each).network.tap]);
      await folder.remove();
    },
  };
}

const bytesPerMib = 1024 * 1024;
/** What the kernel counts disks in, whatever theirs are. */
const bytesPerSector = 512;

/** Whether the caller has brought a guest in place of ours, which does not do what it is told. */
export function bringsGuest(): boolean {
  return process.env.BANGER_TEST_KERNEL !== undefined || process.env.BANGER_TEST_ROOTFS !== undefined;
}

/** Real guests, as the contract suite wants them. */
export async function guestUnderTest(which?: GuestHypervisor): Promise<HypervisorUnderTest> {
  const host = await guestHost(which);
  return {
    adapter: host.adapter,
    consoles: host.consoles,
    kernel: host.kernel,
    plan: (digit) => host.plan(digit),
    // Of a guest that the caller has brought, all we know is that its hypervisor runs.
    guestIsUp: bringsGuest() ? async (guest) => void (await guest.stats()) : host.isUp,
    guestPowersOff: (guest) => host.runLast(guest, 'poweroff'),
    guestReboots: (guest) => host.runLast(guest, 'reboot'),
    guestPanics: (guest) => host.runLast(guest, 'echo c > /proc/sysrq-trigger'),
    crash: async ({ process }) => {
      signalProcess(process, 'SIGKILL');
      await waitGone(process, 60_000);
    },
    extendWorkDisk: (uid, bytes) => host.disks.extendWork({ uid, name: 'guest' }, bytes / bytesPerMib),
    seesWorkDisk: ({ uid }, bytes) =>
      host.run(uid, 'test', '"$(cat /sys/block/vdc/size)"', '-eq', `${bytes / bytesPerSector}`).then(
        () => true,
        () => false,
      ),
    leftovers: host.leftovers,
    trialLeftovers: host.trialLeftovers,
    dispose: host.remove,
  };
}

async function addTap(tap: string, address: string, owner: number): Promise<void> {
  await runCommand(['ip', 'tuntap', 'add', tap, 'mode', 'tap', 'user', `${owner}`]);
  await runCommand(['ip', 'link', 'set', tap, 'up']);
  await runCommand(['ip', 'route', 'replace', `${address}/32`, 'dev', tap, 'src', gateway]);
}

/** The caller's, or else those of the store that BANGER_TEST_STORE names. Our initrd fits no other kernel than ours. */
async function bootFiles(folder: string) {
  const { BANGER_TEST_KERNEL: kernel, BANGER_TEST_ROOTFS: rootfs } = process.env;
  return {
    vmlinux: kernel ?? stored(/\/vmlinux$/),
    initrd: kernel === undefined ? stored(/\/initrd[^/]*$/) : await emptyInitrd(join(folder, 'initrd')),
    rootfs: rootfs ?? stored(/\/rootfs[^/]*\.ext4$/),
  };
}

/** By its name, wherever in the store the object is. */
function stored(pattern: RegExp): string {
  const store = process.env.BANGER_TEST_STORE;
  if (store === undefined)
    throw new Error('BANGER_TEST_STORE must name the store of an imaged that has built an image');
  const found = readdirSync(store, { recursive: true, encoding: 'utf8' }).map((name) => join(store, name));
  const path = found.find((each) => pattern.test(each));
  if (path === undefined) throw new Error(`${store} has no file like ${pattern}: build the kernel and an image first`);
  return path;
}

/** An archive of nothing: the kernel goes on to the root that its command line names. */
async function emptyInitrd(path: string): Promise<string> {
  const end = 'TRAILER!!!\0';
  // Thirteen fields of eight hexadecimal digits, the twelfth of which is the length of the name: cpio(5), newc.
  const fields = Array.from({ length: 13 }, (_, at) => (at === 11 ? end.length : 0).toString(16).padStart(8, '0'));
  await writeFile(path, `070701${fields.join('')}${end}`.padEnd(512, '\0'));
  return path;
}
