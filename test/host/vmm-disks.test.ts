import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runCommand } from '../../lib/host/command.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { identitySeed } from '../../services/vmm/domain/seed.js';
import { sshConfig } from '../../services/vmm/domain/ssh-config.js';
import { FileDisks } from '../../services/vmm/host/disks.js';
import { SshKeyFiles } from '../../services/vmm/host/ssh-keys.js';
import { VmPaths } from '../../services/vmm/host/vm-paths.js';

/** Disks and keys with the real e2fsprogs and ssh-keygen. */

const uid = '00112233445566aa';
const owner = { uid, name: 'web' };
const bytesPerMib = 1024 * 1024;
let folder: Awaited<ReturnType<typeof tempFolder>>;
let paths: VmPaths;
let disks: FileDisks;

beforeEach(async () => {
  folder = await tempFolder();
  paths = new VmPaths(join(folder.path, 's'), join(folder.path, 'r'));
  disks = new FileDisks(paths);
});

afterEach(() => folder.remove());

const seed = identitySeed({
  name: 'web',
  gateway: '10.77.0.1',
  machineId: '0'.repeat(32),
  hostPrivateKey: 'private\n',
  hostPublicKey: 'ssh-ed25519 K',
  authorizedKey: 'ssh-ed25519 A',
});

async function inDisk(path: string, command: string): Promise<string> {
  return (await runCommand(['debugfs', '-R', command, path])).stdout;
}

async function fileSystemMib(path: string): Promise<number> {
  const { stdout } = await runCommand(['dumpe2fs', '-h', path]);
  const field = (name: string) => Number(stdout.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1]);
  return (field('Block count') * field('Block size')) / bytesPerMib;
}

test('an overlay is sparse, holds the identity, and has the right modes whatever the umask is', async () => {
  const umask = process.umask(0o077);
  try {
    await disks.createOverlay(owner, 4096, seed);
  } finally {
    process.umask(umask);
  }
  const { overlay } = disks.paths(uid);
  expect(statSync(overlay).size).toBe(4096 * bytesPerMib);
  expect(statSync(overlay).blocks * 512).toBeLessThan(8 * bytesPerMib);
  expect(await inDisk(overlay, 'cat upper/etc/hostname')).toBe('web\n');
  const modes = { upper: '0755', work: '0755', 'upper/etc': '0755', 'upper/etc/ssh/ssh_host_ed25519_key': '0600' };
  for (const [path, mode] of Object.entries({ ...modes, 'upper/root': '0700', 'upper/root/.ssh': '0700' })) {
    expect(await inDisk(overlay, `stat ${path}`)).toMatch(new RegExp(`Mode:\\s+${mode}`));
  }
  expect(existsSync(join(paths.stateFolder(uid), 'seed.tmp'))).toBe(false);
});

test('a disk that could not be made leaves nothing', async () => {
  const tooMuch = { path: 'etc/large', mode: 0o644, content: 'x'.repeat(2 * bytesPerMib) };
  await expect(disks.createOverlay(owner, 1, [...seed, tooMuch])).rejects.toMatchObject({ reason: 'DISK_FAILED' });
  expect(await disks.hasOverlay(uid)).toBe(false);
  const aborted = AbortSignal.abort(new Error('changed my mind'));
  await expect(disks.createOverlay(owner, 256, seed, aborted)).rejects.toThrow('changed my mind');
  expect(await disks.hasOverlay(uid)).toBe(false);
});

test('a size that the host’s file system cannot hold is refused with the size', async () => {
  const failed = disks.createOverlay(owner, Number.MAX_SAFE_INTEGER / bytesPerMib, []);
  await expect(failed).rejects.toMatchObject({
    reason: 'DISK_FAILED',
    message: expect.stringMatching(/^cannot make the disk of vm web: .* cannot hold/),
  });
});

test('a work disk is made, grows with its content, and never shrinks', async () => {
  const { work } = disks.paths(uid);
  mkdirSync(paths.stateFolder(uid), { recursive: true });
  await disks.ensureWork(owner, 32);
  expect(await fileSystemMib(work)).toBe(32);
  writeFileSync(join(folder.path, 'kept'), 'kept');
  await runCommand(['debugfs', '-w', '-R', `write ${join(folder.path, 'kept')} kept`, work]);
  await disks.ensureWork(owner, 64);
  expect(await fileSystemMib(work)).toBe(64);
  await disks.ensureWork(owner, 16);
  expect(await fileSystemMib(work)).toBe(64);
  expect(await inDisk(work, 'cat kept')).toBe('kept');
});

test('a work disk whose file alone has grown is finished', async () => {
  mkdirSync(paths.stateFolder(uid), { recursive: true });
  await disks.ensureWork(owner, 32);
  await disks.extendWork(owner, 64);
  expect(await fileSystemMib(disks.paths(uid).work)).toBe(32);
  await disks.ensureWork(owner, 64);
  expect(await fileSystemMib(disks.paths(uid).work)).toBe(64);
});

test('a removal takes everything, also what an interrupted one has left', async () => {
  await disks.createOverlay(owner, 256, seed);
  mkdirSync(join(paths.stateFolders, '.removing-00000000000000bb'), { recursive: true });
  expect((await disks.list()).sort()).toEqual(['00000000000000bb', uid]);
  for (const each of await disks.list()) await disks.remove(each);
  expect(await disks.list()).toEqual([]);
  await disks.remove(uid);
});

test('the managed key is made once, and nobody else may read it', async () => {
  const keys = new SshKeyFiles(paths);
  const [one, two] = await Promise.all([keys.authorizedKey(), keys.authorizedKey()]);
  expect(one).toMatch(/^ssh-ed25519 \S+ banger$/);
  expect([two, await new SshKeyFiles(paths).authorizedKey()]).toEqual([one, one]);
  expect(statSync(keys.files.identityFile).mode & 0o777).toBe(0o600);
  const { privateKey, publicKey } = await keys.newHostKey('root@web');
  expect(privateKey).toContain('BEGIN OPENSSH PRIVATE KEY');
  expect(publicKey).toMatch(/^ssh-ed25519 \S+$/);
  await keys.writeKnownHosts(`web.vm ${publicKey}\n`, sshConfig([], keys.files));
  expect(statSync(keys.files.knownHostsFile).mode & 0o777).toBe(0o600);
  expect(statSync(keys.files.configFile).mode & 0o777).toBe(0o600);
  expect((await runCommand(['ls', paths.sshFolder])).stdout).not.toContain('new-');
});

test('on a full disk an overlay fails as such, and leaves nothing', async () => {
  mkdirSync(paths.stateFolders, { recursive: true });
  await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=1600k', 'tmpfs', paths.stateFolders]);
  try {
    await expect(disks.createOverlay(owner, 4096, seed)).rejects.toMatchObject({
      kind: 'exhausted',
      reason: 'STORAGE_UNWRITABLE',
    });
    expect(existsSync(disks.paths(uid).overlay)).toBe(false);
    await disks.remove(uid);
    expect(await disks.list()).toEqual([]);
  } finally {
    await runCommand(['umount', paths.stateFolders]);
  }
});
