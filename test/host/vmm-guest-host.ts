import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../lib/host/command.js';
import { silentLog } from '../../lib/log.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import type { LaunchPlan } from '../../services/vmm/app/ports.js';
import { bootArgs } from '../../services/vmm/domain/boot-args.js';
import { identitySeed } from '../../services/vmm/domain/seed.js';
import { ConsoleLogs } from '../../services/vmm/host/console-logs.js';
import { FileDisks } from '../../services/vmm/host/disks.js';
import { TcpGuests } from '../../services/vmm/host/guests.js';
import { KvmTrials } from '../../services/vmm/host/kvm.js';
import { Qemu } from '../../services/vmm/host/qemu.js';
import { SshKeyFiles } from '../../services/vmm/host/ssh-keys.js';
import { VmPaths } from '../../services/vmm/host/vm-paths.js';

const gateway = '10.77.0.1';

/**
 * Everything that a real guest needs without netd and imaged: taps in this test's own network namespace, and kernel,
 * initrd and image from the store of imaged that BANGER_TEST_STORE names.
 */
export async function guestHost() {
  const folder = await tempFolder();
  const paths = new VmPaths(join(folder.path, 's'), join(folder.path, 'r'));
  const disks = new FileDisks(paths);
  const keys = new SshKeyFiles(paths);
  const guests = new TcpGuests(keys);
  const consoles = new ConsoleLogs(paths, 1024 * 1024, silentLog);
  const files = bootFiles();
  const knownHosts: string[] = [];
  const taps: string[] = [];
  await runCommand(['ip', 'addr', 'replace', `${gateway}/32`, 'dev', 'lo']);

  const addressOf = (uid: string) => `10.77.0.1${uid.at(-1)}`;

  async function plan(digit: number, memoryMib = 256): Promise<LaunchPlan> {
    const uid = `000000000000000${digit}`;
    const name = `guest${digit}`;
    const tap = `bgtest${digit}`;
    await addTap(tap, addressOf(uid));
    taps.push(tap);
    const hostKey = await keys.newHostKey('test');
    knownHosts.push(`${uid} ${hostKey.publicKey}\n`);
    await keys.writeKnownHosts(knownHosts.join(''));
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
      memoryMib,
      acceleration: 'tcg',
      vmlinuxPath: files.vmlinux,
      initrdPath: files.initrd,
      commandLine: bootArgs({ init: 'light', origin: { init: 'light' }, network }),
      disks: { base: files.rootfs, overlay: paths.overlay(uid), work: paths.workDisk(uid) },
      network: { tap, macAddress: `52:54:00:77:00:1${digit}` },
    };
  }

  const loginOf = (uid: string) => ({ address: addressOf(uid), user: 'root', hostKeyAlias: uid });
  return {
    paths,
    disks,
    guests,
    consoles,
    plan,
    addressOf,
    run: (uid: string, ...argv: string[]) => guests.run(loginOf(uid), argv),
    adapter: () =>
      new Qemu({
        program: 'qemu-system-x86_64',
        acceleration: 'auto',
        paths,
        consoles,
        trials: new KvmTrials(paths.kvmTrial),
        log: silentLog,
      }),
    remove: async () => {
      for (const tap of taps) await runCommand(['ip', 'link', 'delete', tap]);
      await folder.remove();
    },
  };
}

async function addTap(tap: string, address: string): Promise<void> {
  await runCommand(['ip', 'tuntap', 'add', tap, 'mode', 'tap']);
  await runCommand(['ip', 'link', 'set', tap, 'up']);
  await runCommand(['ip', 'route', 'replace', `${address}/32`, 'dev', tap, 'src', gateway]);
}

/** Files are looked for by their names, wherever in the store the objects are. */
function bootFiles() {
  const store = process.env.BANGER_TEST_STORE;
  if (store === undefined)
    throw new Error('BANGER_TEST_STORE must name the store of an imaged that has built an image');
  const found = readdirSync(store, { recursive: true, encoding: 'utf8' }).map((name) => join(store, name));
  const file = (pattern: RegExp) => {
    const path = found.find((each) => pattern.test(each));
    if (path === undefined)
      throw new Error(`${store} has no file like ${pattern}: build the kernel and an image first`);
    return path;
  };
  return { vmlinux: file(/\/vmlinux$/), initrd: file(/\/initrd[^/]*$/), rootfs: file(/\/rootfs[^/]*\.ext4$/) };
}
