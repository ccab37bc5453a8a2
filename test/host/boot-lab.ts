import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pollUntil } from '../../lib/clock.js';
import { type CommandResult, runCommand } from '../../lib/host/command.js';
import { endProcess, isAlive, type ProcessIdentity } from '../../lib/host/process.js';
import { spawnDetached } from '../../lib/host/spawn.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import type { ImageInit, ObjectKind, ObjectManifest } from '../../services/imaged/domain/image.js';
import { QmpClient } from '../../services/vmm/host/qemu/qmp.js';

/** Bare QEMU around imaged's kernel, initrd and image: no netd, no vmm. */

/** Generous: this is emulation, and a busy machine is no reason to fail. */
export const timeoutMs = 180_000;

export const hostname = 'boot-test';
export const gateway = '10.77.0.1';
const address = '10.77.0.10';
const tap = 'boot0';
const macAddress = '52:54:00:77:00:0a';

interface BootFiles {
  readonly vmlinux: string;
  readonly initrd: string;
  readonly rootfs: string;
}

/** What the store that BANGER_TEST_STORE names holds. */
export async function bootFiles(): Promise<BootFiles> {
  const store = process.env.BANGER_TEST_STORE;
  if (!store)
    throw new Error('BANGER_TEST_STORE must name the store of an imaged that has built a kernel and an image');
  const objects = join(store, 'objects');
  const kinds = new Map<ObjectKind, string>();
  for (const name of await readdir(objects)) {
    const manifest = JSON.parse(await readFile(join(objects, name, 'manifest.json'), 'utf8')) as ObjectManifest;
    kinds.set(manifest.kind, join(objects, name));
  }
  const [image, kernel] = [kinds.get('image'), kinds.get('kernel')];
  if (!image || !kernel) throw new Error(`${store} holds no image or no kernel: build both first`);
  return { vmlinux: join(kernel, 'vmlinux'), initrd: join(kernel, 'initrd'), rootfs: join(image, 'rootfs.ext4') };
}

/** One VM's disks; it can be booted again and again. */
export interface Machine {
  /** Starts the VM and waits until its ssh server says hello. */
  boot(init: ImageInit): Promise<void>;
  /** Waits until the ssh server, gone or not yet up, says hello. */
  answers(): Promise<void>;
  /** Runs a command by ssh, and returns what it printed. */
  run(command: string): Promise<string>;
  /** As `run`, for commands that end the connection. */
  attempt(command: string): Promise<CommandResult>;
  /** Sends a command to QEMU. */
  qmp(command: string, args?: object): Promise<void>;
  /** Waits until QEMU has ended by itself. */
  ended(): Promise<void>;
  consoleText(): Promise<string>;
  readonly overlay: string;
  dispose(): Promise<void>;
}

export async function createMachine(): Promise<Machine> {
  const files = await bootFiles();
  const temp = await tempFolder();
  const at = (name: string) => join(temp.path, name);
  let qemu: ProcessIdentity | undefined;
  const overlay = at('overlay.ext4');
  await makeDisk(overlay, ['-d', await makeSeed(temp.path)]);
  await makeDisk(at('work.ext4'), []);
  await setUpTap();
  const attempt = (command: string) => runCommand(sshArgv(temp.path, command), { timeoutMs, okExitCodes: anyExitCode });
  const answers = () =>
    pollUntil(saysHello, { what: 'the ssh server says hello', timeoutMs, everyMs: 100 }).then(() => undefined);
  return {
    overlay,
    attempt,
    answers,
    async boot(init) {
      const disks = [
        `id=base,file=${files.rootfs},readonly=on,file.locking=off`,
        `id=overlay,file=${overlay}`,
        `id=work,file=${at('work.ext4')}`,
      ];
      const words = [...commandLine, 'banger.ip=10.77.0.10', `banger.gw=${gateway}`, `banger.init=${init}`];
      const argv = [
        ...qemuArgv(files, words, at('console')),
        ...disks.flatMap((d) => [
          '-drive',
          `${d},format=raw,if=none`,
          '-device',
          `virtio-blk-pci,drive=${d.split(',')[0]?.slice(3)}`,
        ]),
        ...['-netdev', `tap,id=net,ifname=${tap},script=no,downscript=no`],
        ...['-device', `virtio-net-pci,netdev=net,mac=${macAddress},romfile=`, '-device', 'virtio-rng-pci'],
        ...['-qmp', `unix:${at('qmp')},server=on,wait=off`],
      ];
      qemu = (await spawnDetached(argv, { logPath: at('qemu.log') })).identity;
      await answers();
    },
    async run(command) {
      const { stdout, stderr, exitCode } = await attempt(command);
      if (exitCode !== 0) throw new Error(`${command}: exit code ${exitCode}: ${stderr}`);
      return stdout.trim();
    },
    async qmp(command, args = {}) {
      const client = await QmpClient.connect(at('qmp'));
      try {
        await client.execute(command, args);
      } finally {
        client.close();
      }
    },
    async ended() {
      await pollUntil(() => !qemu || !isAlive(qemu), { what: 'QEMU has ended', timeoutMs });
    },
    consoleText: () => readFile(at('console'), 'utf8'),
    async dispose() {
      if (qemu) await endProcess(qemu, 5_000);
      await runCommand(['ip', 'link', 'delete', tap]);
      await temp.remove();
    },
  };
}

/** Boots kernel and initrd with neither disks nor a network, until QEMU ends; returns what the console showed. */
export async function bootAlone(...words: readonly string[]): Promise<string> {
  const temp = await tempFolder();
  const path = join(temp.path, 'console');
  try {
    await runCommand(qemuArgv(await bootFiles(), [...commandLine, ...words], path), { timeoutMs });
    return await readFile(path, 'utf8');
  } finally {
    await temp.remove();
  }
}

const anyExitCode = Array.from({ length: 256 }, (_, code) => code);

const commandLine = ['console=ttyS0', 'reboot=t', 'panic=1', 'quiet'];

function qemuArgv(files: BootFiles, words: readonly string[], consolePath: string): string[] {
  return [
    'qemu-system-x86_64',
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi,tb-size=128', '-cpu', 'max', '-m', '256'],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-kernel', files.vmlinux, '-initrd', files.initrd, '-append', words.join(' ')],
    ...['-chardev', `file,id=console,path=${consolePath}`, '-serial', 'chardev:console'],
  ];
}

/** What vmm puts on a VM's own disk: its name, its keys, its resolver. */
async function makeSeed(folder: string): Promise<string> {
  const seed = join(folder, 'seed');
  const upper = join(seed, 'upper');
  for (const part of ['etc/ssh', 'root/.ssh']) await mkdir(join(upper, part), { recursive: true });
  for (const part of ['root', 'root/.ssh']) await chmod(join(upper, part), 0o700);
  await mkdir(join(seed, 'work'));
  await writeFile(join(upper, 'etc/hostname'), `${hostname}\n`);
  await writeFile(join(upper, 'etc/hosts'), `127.0.0.1 localhost\n127.0.1.1 ${hostname}\n`);
  await writeFile(join(upper, 'etc/resolv.conf'), `nameserver ${gateway}\n`);
  await writeFile(join(upper, 'etc/machine-id'), `${'0123456789abcdef'.repeat(2)}\n`);
  await newKey(join(upper, 'etc/ssh/ssh_host_ed25519_key'));
  await newKey(join(folder, 'key'));
  const [login, host] = [join(folder, 'key.pub'), join(upper, 'etc/ssh/ssh_host_ed25519_key.pub')];
  await writeFile(join(upper, 'root/.ssh/authorized_keys'), await readFile(login), { mode: 0o600 });
  await writeFile(join(folder, 'known_hosts'), `${address} ${await readFile(host, 'utf8')}`);
  return seed;
}

async function newKey(path: string): Promise<void> {
  await runCommand(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path]);
}

async function makeDisk(path: string, options: readonly string[]): Promise<void> {
  await runCommand(['truncate', '-s', '1G', path]);
  const lazy = ['-E', 'lazy_itable_init=1,lazy_journal_init=1', '-J', 'size=16'];
  await runCommand(['mke2fs', '-q', '-F', '-t', 'ext4', '-m', '0', ...lazy, ...options, path]);
}

/** A routed tap, as netd makes them, with the guest's hardware address known from the start. */
async function setUpTap(): Promise<void> {
  const steps = [
    `tuntap add ${tap} mode tap`,
    `address add ${gateway}/32 dev ${tap}`,
    `link set ${tap} up`,
    `route add ${address}/32 dev ${tap} src ${gateway}`,
    `neighbour add ${address} lladdr ${macAddress} dev ${tap} nud permanent`,
  ];
  for (const step of steps) await runCommand(['ip', ...step.split(' ')]);
}

function sshArgv(folder: string, command: string): string[] {
  const options = {
    IdentityFile: join(folder, 'key'),
    UserKnownHostsFile: join(folder, 'known_hosts'),
    StrictHostKeyChecking: 'yes',
    BatchMode: 'yes',
    LogLevel: 'ERROR',
  };
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['ssh', '-F', 'none', ...words, `root@${address}`, command];
}

/** Whether somebody who speaks ssh answers. A connection that is taken is waited on: the guest may just be slow. */
function saysHello(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22 });
    socket.once('data', (data) => {
      resolve(data.toString('latin1').startsWith('SSH-2.0-'));
      socket.destroy();
    });
    socket.once('close', () => resolve(false));
    socket.on('error', () => socket.destroy());
  });
}
