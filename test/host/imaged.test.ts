import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { KernelEntry, KernelPayload } from '../../gen/banger/imaged/v1/image_service.js';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { commandLine } from '../../lib/host/process.js';
import { silentLog } from '../../lib/log.js';
import { mountsBelow } from '../../services/imaged/host/mounts.js';
import { ObjectStore } from '../../services/imaged/host/object-store.js';
import { makeVmlinux } from '../fakes/kernel-package.js';
import { bootFiles } from './boot-lab.js';
import { buildImaged, createLab, type ImagedLab, publishKernel, removeBuild, timeoutMs } from './imaged-lab.js';

let lab: ImagedLab;

beforeAll(buildImaged);
afterAll(removeBuild);

beforeEach(async () => {
  lab = await createLab();
});

afterEach(() => lab.dispose());

async function buildKernel(rebuild = false) {
  const steps = new Set<string>();
  for await (const { event } of lab.client.buildKernel({ rebuild })) {
    if (event?.$case === 'kernel') return { kernel: event.value, steps: [...steps] };
    if (event) steps.add(event.value.step);
  }
  throw new Error('the stream ended without a kernel');
}

async function buildImage(signal?: AbortSignal): Promise<void> {
  for await (const _ of lab.client.buildImage({ recipe: 'debian', rebuild: false }, { signal }));
}

const leftInBuilding = () => readdir(join(lab.store, 'building'));

/** Processes that were told of this lab's folder, other than imaged itself. */
async function processesOfBuild(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const lines = pids.map((pid) => (commandLine(pid) ?? []).join(' '));
  return lines.filter((line) => line.includes(`build-mark-${lab.folder}`));
}

const vmlinux = makeVmlinux({ body: Buffer.alloc(100_000, 'kernel ') });
const kernel = {
  version: '6.9.1-1',
  vmlinux,
  modules: { overlay: '', virtio: 'virtio_ring', virtio_ring: '', virtio_blk: 'virtio', 'virtio-rng': 'virtio' },
};

test('a kernel is built from the archive’s package: lists, download, vmlinux, and an initrd in load order', async () => {
  await publishKernel(lab, kernel);
  await lab.start();
  const { kernel: built, steps } = await buildKernel();
  expect(steps).toHaveLength(5);
  expect(built).toMatchObject({
    name: '6.9.1-1-cloud-amd64',
    defaultKernel: true,
    provenance: { source: 'linux-image-6.9.1-1-cloud-amd64', packages: ['linux-image-6.9.1-1-cloud-amd64=6.9.1-1'] },
  });
  const object = join(lab.store, 'objects', built.digest.slice('sha256:'.length));
  expect((await readFile(join(object, 'vmlinux'))).equals(vmlinux)).toBe(true);

  const tree = join(lab.folder, 'initrd');
  await mkdir(tree);
  const archive = join(lab.folder, 'initrd.cpio');
  await writeFile(archive, gunzipSync(await readFile(join(object, 'initrd'))));
  await runCommand(['busybox', 'cpio', '-i', '-d', '-F', archive], { cwd: tree });
  const order = (await readFile(join(tree, 'lib/modules/order'), 'utf8')).trim().split('\n');
  expect(order).toEqual(['virtio_ring.ko', 'virtio.ko', 'virtio_blk.ko', 'overlay.ko', 'virtio_rng.ko']);
  expect((await readdir(join(tree, 'lib/modules'))).sort()).toEqual([...order, 'order'].sort());
  expect(await readFile(join(tree, 'init'))).toEqual(await readFile('services/imaged/guest/initramfs-init'));

  await buildKernel();
  expect((await buildKernel(true)).kernel.digest).toBe(built.digest);
  expect(await leftInBuilding()).toEqual([]);
});

test('the distribution’s kernel is imported from its own file, twice to the same bytes, and says where it boots', async () => {
  await lab.start();
  const imported = async (name: string) => {
    const { vmlinux: file } = await bootFiles();
    for await (const { event } of lab.client.importKernel({ file, name, modules: '' })) {
      if (event?.$case === 'kernel') return event.value;
    }
    throw new Error('the stream ended without a kernel');
  };
  const first = await imported('');
  expect(first).toMatchObject({
    name: first.release,
    release: expect.stringMatching(/^\d+\.\d+.*amd64$/),
    entries: [KernelEntry.PVH, KernelEntry.LINUX64],
    payload: KernelPayload.NONE,
    modules: [],
  });
  await lab.client.deleteKernel({ kernel: first.name });
  expect((await imported('again')).digest).toBe(first.digest);
  expect(await leftInBuilding()).toEqual([]);
});

test('a version that the archive has dropped gives way to its successor', async () => {
  await publishKernel(lab, kernel);
  await lab.start();
  await buildKernel();
  await runCommand(['find', join(lab.folder, 'apt/repository'), '-name', '*.deb', '-delete']);
  const successor = makeVmlinux({ release: '6.9.2-1-cloud-amd64' });
  await publishKernel(lab, { ...kernel, version: '6.9.2-1', vmlinux: successor });
  expect((await buildKernel()).kernel.name).toBe('6.9.1-1-cloud-amd64');
  expect((await buildKernel(true)).kernel.name).toBe('6.9.2-1-cloud-amd64');
});

test('an archive without the package, and a package whose kernel cannot boot, are told apart', async () => {
  await publishKernel(lab, { ...kernel, vmlinux: Buffer.from('no ELF at all') });
  await lab.start();
  await expect(buildKernel()).rejects.toMatchObject({ kind: 'unsupported', reason: 'KERNEL_UNBOOTABLE' });
  expect(await leftInBuilding()).toEqual([]);
  await lab.dispose();
  lab = await createLab();
  await publishKernel(lab, kernel);
  await runCommand([
    'sed',
    '-i',
    's/linux-image-cloud/linux-image-other/',
    join(lab.folder, 'apt/repository/Packages'),
  ]);
  await lab.start();
  await expect(buildKernel()).rejects.toMatchObject({ reason: 'KERNEL_PACKAGE_NOT_FOUND' });
});

test('a damaged package file is refused by apt, and nothing is left of it', async () => {
  await publishKernel(lab, kernel);
  const packages = join(lab.folder, 'apt/repository');
  const [file] = (await readdir(packages)).filter((name) => name.startsWith('linux-image-6'));
  await runCommand(['dd', 'if=/dev/zero', `of=${packages}/${file}`, 'bs=1', 'count=8', 'seek=200', 'conv=notrunc']);
  await lab.start();
  await expect(buildKernel()).rejects.toMatchObject({ reason: 'BUILD_FAILED' });
  expect(await leftInBuilding()).toEqual([]);
});

/** Stands for a real run at its worst: with a mount, and with a process that has left its group. */
const stubborn = () => `
mkdir tree && mount -t tmpfs none tree
trap '' TERM
setsid sh -c 'trap "" TERM; while :; do sleep 1; done' build-mark-${lab.folder} &
: >reached
while :; do sleep 1; done # build-mark-${lab.folder}
`;

async function startStubbornBuild(signal?: AbortSignal): Promise<void> {
  await publishKernel(lab, kernel);
  await lab.shim('mmdebstrap', stubborn());
  await lab.start();
  // It can only end badly, and the tests look at what is left of it.
  buildImage(signal).catch(() => undefined);
  const reached = async () => {
    const folders = await leftInBuilding();
    const files = await Promise.all(folders.map((name) => readdir(join(lab.store, 'building', name))));
    return files.flat().includes('reached') && (await processesOfBuild()).length > 0;
  };
  await pollUntil(reached, { what: 'the build is under way', timeoutMs });
}

test('a cancelled build takes its processes, its mounts and its files with it', async () => {
  const leaving = new AbortController();
  await startStubbornBuild(leaving.signal);
  leaving.abort(new Error('enough'));
  const gone = async () => (await leftInBuilding()).length === 0;
  await pollUntil(gone, { what: 'the build is gone', timeoutMs });
  expect(await processesOfBuild()).toEqual([]);
  expect(await mountsBelow(lab.folder)).toEqual([]);
});

test('a build dies with imaged, however that dies, and the next start clears what it left', async () => {
  await startStubbornBuild();
  await lab.kill();
  const gone = async () => (await processesOfBuild()).length === 0;
  await pollUntil(gone, { what: 'the processes of the build are gone', timeoutMs });
  expect(await mountsBelow(lab.folder)).toEqual([]);
  expect(await leftInBuilding()).toHaveLength(1);
  await lab.start();
  expect(await leftInBuilding()).toEqual([]);
});

/** In place of mmdebstrap: a tree with the few programs that the steps of a build run in it. */
const smallTree = `
mkdir tree && cd tree
mkdir -p usr/bin usr/sbin usr/lib usr/lib64 proc dev run tmp root etc/apt/sources.list.d var/log var/lib/dpkg
for name in bin sbin lib lib64; do ln -s usr/$name $name; done
for program in sh cat chown find ln mv rm setpriv setsid sleep tar umount; do
  path=$(command -v $program)
  for file in $path $(ldd $path | grep -o '/[^ ]*'); do cp -L --parents $file .; done
done
echo root:x:0:0::/root:/bin/sh >etc/passwd
echo $$ >var/log/installed.log
: >var/lib/dpkg/status
`;

/** A recipe of the lab's own, whose last script is this one. */
async function writeRecipe(script: string): Promise<string> {
  await publishKernel(lab, kernel);
  await lab.shim('mmdebstrap', smallTree);
  await writeFile(join(lab.folder, 'greeting'), 'hello');
  await writeFile(join(lab.folder, 'script.sh'), `#!/bin/sh\n${script}`);
  const path = join(lab.folder, 'small.toml');
  const text = `
name = "small"
description = "a small one"
init = "light"
files = [{ path = "/etc/greeting", source = "greeting" }]
scripts = [{ run = "cat /etc/greeting >/etc/answer" }, { source = "script.sh" }]
`;
  await writeFile(path, text);
  return path;
}

async function buildRecipe(
  recipe: string,
  { rebuild = false, signal }: { rebuild?: boolean; signal?: AbortSignal } = {},
) {
  const steps = new Set<string>();
  for await (const { event } of lab.client.buildImage({ recipe, rebuild }, { signal })) {
    if (event?.$case === 'image') return { image: event.value, steps: [...steps] };
    if (event) steps.add(event.value.step);
  }
  throw new Error('the stream ended without an image');
}

test('the same recipe gives the same bytes, and only what has changed runs again', async () => {
  const recipe = await writeRecipe('echo two >/etc/two; [ ! -e /sys/class/net ]');
  await lab.start();
  const { image } = await buildRecipe(recipe);
  const again = await buildRecipe(recipe, { rebuild: true });
  expect(again.image.digest).toBe(image.digest);
  await writeFile(join(lab.folder, 'script.sh'), '#!/bin/sh\necho three >/etc/two');
  const changed = await buildRecipe(recipe);
  expect(changed.steps).toEqual([
    'look at the archive',
    'run a script',
    'run script.sh',
    'make the file system',
    'store the image',
  ]);
  const rootfs = join(lab.store, 'objects', changed.image.digest.slice('sha256:'.length), 'rootfs.ext4');
  await runCommand(['e2fsck', '-f', '-n', rootfs]);
  const read = async (path: string) => (await runCommand(['debugfs', '-R', `cat ${path}`, rootfs])).stdout;
  expect([await read('/etc/answer'), await read('/etc/two')]).toEqual(['hello', 'three\n']);
  expect(await read('/var/log/installed.log')).toBe('');
  expect(await leftInBuilding()).toEqual([]);
});

test('a script cannot leave the tree, reach the network, or change the host', async () => {
  const outside = join(lab.folder, 'outside');
  await mkdir(outside);
  const recipe = await writeRecipe(
    [
      `ln -s ${outside} /etc/link`,
      `[ ! -e ${outside} ]`,
      'rm -rf /var/log && ln -s /proc/1/root/etc /var/log',
      '(echo 1 >/proc/sys/kernel/panic) 2>/dev/null && exit 1',
      'umount /proc 2>/dev/null && exit 1',
      '(cat </dev/tcp/127.0.0.1/1) 2>/dev/null && exit 1',
      'while read -r name rest; do case $name in lo:|Inter-*|face) ;; *) exit 1 ;; esac; done </proc/net/dev',
    ]
      .join(' || exit 1\n')
      .replaceAll('exit 1 || exit 1', 'exit 1'),
  );
  await writeFile(join(outside, 'kept'), '');
  await lab.start();
  await buildRecipe(recipe);
  expect(await readdir(outside)).toEqual(['kept']);
});

const stubbornScript = () => `
trap '' TERM
setsid sh -c 'trap "" TERM; while :; do sleep 1; done' build-mark-${lab.folder} &
: >/reached
while :; do sleep 1; done # build-mark-${lab.folder}
`;

async function startStubbornScript(signal?: AbortSignal): Promise<void> {
  const recipe = await writeRecipe(stubbornScript());
  await lab.start();
  buildRecipe(recipe, { signal }).catch(() => undefined);
  const reached = async () => {
    const [folder = ''] = await leftInBuilding();
    const files = folder === '' ? [] : await readdir(join(lab.store, 'building', folder)).catch(() => []);
    if (!files.includes('tree')) return false;
    const tree = await readdir(join(lab.store, 'building', folder, 'tree'));
    // Both are there when the one that the script starts has become what it is.
    return tree.includes('reached') && (await processesOfBuild()).length > 0;
  };
  await pollUntil(reached, { what: 'the script is under way', timeoutMs });
}

test('a cancelled script takes its processes, its mounts and its files with it', async () => {
  const leaving = new AbortController();
  await startStubbornScript(leaving.signal);
  leaving.abort(new Error('enough'));
  const gone = async () => (await leftInBuilding()).length === 0;
  await pollUntil(gone, { what: 'the build is gone', timeoutMs });
  expect(await processesOfBuild()).toEqual([]);
  expect(await mountsBelow(lab.folder)).toEqual([]);
});

test('a script dies with imaged, however that dies', async () => {
  await startStubbornScript();
  await lab.kill();
  const gone = async () => (await processesOfBuild()).length === 0;
  await pollUntil(gone, { what: 'the processes of the script are gone', timeoutMs });
  expect(await mountsBelow(lab.folder)).toEqual([]);
  await lab.start();
  expect(await leftInBuilding()).toEqual([]);
  expect((await lab.client.listImages({})).images).toEqual([]);
});

test('a build that runs out of space says so, and leaves nothing', async () => {
  await publishKernel(lab, kernel);
  // Space enough for any check, and too few inodes: the kernel says "No space left on device" all the same.
  await mkdir(lab.store, { recursive: true });
  await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=2g,nr_inodes=64', 'none', lab.store]);
  try {
    await lab.shim('mmdebstrap', 'mkdir tree && seq 100 | (cd tree && xargs touch)');
    await lab.start();
    await expect(buildImage()).rejects.toMatchObject({ kind: 'exhausted', reason: 'STORAGE_UNWRITABLE' });
    expect(await leftInBuilding()).toEqual([]);
    expect((await lab.client.listImages({})).images).toEqual([]);
  } finally {
    await lab.kill();
    await runCommand(['umount', lab.store]);
  }
});

test('too little space is told before anything is done', async () => {
  await mkdir(lab.store, { recursive: true });
  await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=16m', 'none', lab.store]);
  try {
    await lab.start();
    await expect(buildImage()).rejects.toMatchObject({
      reason: 'HOST_NOT_READY',
      preconditions: [{ type: 'SPACE', subject: expect.stringContaining(lab.store) }],
    });
  } finally {
    await lab.kill();
    await runCommand(['umount', lab.store]);
  }
});

test('without a network mmdebstrap fails, and its own words come through', async () => {
  await publishKernel(lab, kernel);
  await lab.start();
  await expect(buildImage()).rejects.toMatchObject({
    reason: 'BUILD_FAILED',
    message: expect.stringContaining('install packages'),
  });
  expect(await leftInBuilding()).toEqual([]);
  expect(await mountsBelow(lab.folder)).toEqual([]);
});

test('what a build has left stays while something is mounted in it, at a start as for the doctor', async () => {
  const left = join(lab.store, 'building', 'left');
  const tree = join(left, 'a tree');
  await mkdir(tree, { recursive: true });
  await runCommand(['mount', '-t', 'tmpfs', 'none', tree]);
  try {
    await writeFile(join(tree, 'precious'), '');
    const store = await ObjectStore.open(lab.store, silentLog);
    expect(await store.leftFolders()).toEqual([left]);
    const mounted = { reason: 'WORK_FOLDER_MOUNTED', message: expect.stringContaining(tree) };
    await expect(store.removeLeftFolder(left)).rejects.toMatchObject(mounted);
    expect(await readdir(tree)).toEqual(['precious']);
    await runCommand(['umount', tree]);
    await store.removeLeftFolder(left);
    expect(await leftInBuilding()).toEqual([]);
    store.close();
  } finally {
    if ((await mountsBelow(left)).length > 0) await runCommand(['umount', tree]);
  }
});
