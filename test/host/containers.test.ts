import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ImportKind } from '../../gen/banger/imaged/v1/image_service.js';
import { runCommand } from '../../lib/host/command.js';
import { pathExists, removePath } from '../../lib/host/files.js';
import { mountsBelow } from '../../services/imaged/host/mounts.js';
import { makeContainer, serveRegistry, writeLayout } from '../fakes/container-layout.js';
import { buildImaged, createLab, type ImagedLab, removeBuild } from './imaged-lab.js';

/** Container images that are made here become images, by the tools that do it for users. */

let lab: ImagedLab;

beforeAll(buildImaged);
afterAll(removeBuild);

beforeEach(async () => {
  lab = await createLab();
});

afterEach(() => lab.dispose());

const at = (name: string) => join(lab.folder, name);

async function importImage(source: string, name = 'app') {
  const steps = new Set<string>();
  for await (const { event } of lab.client.importImage({ source, name, kind: ImportKind.UNSPECIFIED })) {
    if (event?.$case === 'image') return { image: event.value, steps: [...steps] };
    if (event) steps.add(event.value.step);
  }
  throw new Error('the stream ended without an image');
}

/** What debugfs(8) says about the file system of an image. */
async function look(digest: string, request: string): Promise<string> {
  const path = join(lab.store, 'objects', digest.slice('sha256:'.length), 'rootfs.ext4');
  return (await runCommand(['debugfs', '-R', request, path])).stdout;
}

async function nothingIsLeft(): Promise<void> {
  expect(await readdir(join(lab.store, 'building'))).toEqual([]);
  expect(await mountsBelow(lab.folder)).toEqual([]);
  expect((await lab.client.listImages({})).images).toEqual([]);
}

/** A tar archive of a folder, as `tar` makes it. */
async function pack(folder: string, ...options: string[]): Promise<Buffer> {
  const path = `${folder}.tar`;
  const shape = ['--xattrs', '--xattrs-include=*', '--numeric-owner', '--sort=name', '--format=posix'];
  await runCommand(['tar', '-cf', path, ...shape, ...options, '-C', folder, '.']);
  return readFile(path);
}

/** Two layers: the second takes a file of the first away, and changes another. */
async function makeApp() {
  const [first, second] = [at('first'), at('second')];
  for (const path of ['bin', 'etc', 'dev', 'srv']) await mkdir(join(first, path), { recursive: true });
  await runCommand(['cp', '--preserve=mode', '/bin/busybox', join(first, 'bin/busybox')]);
  await symlink('busybox', join(first, 'bin/sh'));
  await writeFile(join(first, 'etc/passwd'), 'root:*:0:0:root:/:/bin/sh\nwww:x:33:33::/srv:/bin/false\n');
  await writeFile(join(first, 'etc/kept'), 'kept');
  await writeFile(join(first, '.dockerenv'), '');
  await writeFile(join(first, 'srv/doomed'), 'x');
  await writeFile(join(first, 'srv/changed'), 'first');
  await writeFile(join(first, 'srv/setuid'), 'x');
  await writeFile(join(first, 'srv/capable'), 'x');
  await runCommand(['chown', '33:33', join(first, 'srv/changed'), join(first, 'srv/setuid')]);
  await chmod(join(first, 'srv/setuid'), 0o4755);
  await runCommand(['setcap', 'cap_net_raw+ep', join(first, 'srv/capable')]);
  await runCommand(['mknod', join(first, 'srv/disk'), 'b', '8', '0']);
  await mkdir(join(second, 'srv'), { recursive: true });
  await writeFile(join(second, 'srv/.wh.doomed'), '');
  await writeFile(join(second, 'srv/changed'), 'second');
  // Times of an image's files say nothing of when it is imported.
  await runCommand(['touch', '--date', '+1 hour', join(second, 'srv/changed')]);
  const config = { Env: ['PATH=/opt/bin:/bin', 'MODE=on'], Entrypoint: ['/srv/app'], User: 'www', Labels: { a: 'b' } };
  return makeContainer([await pack(first), await pack(second)], config);
}

test('an image comes the same way from a layout, from each archive, and from a registry', async () => {
  const app = await makeApp();
  await writeLayout(at('layout'), app);
  const copy = (target: string) => runCommand(['skopeo', 'copy', '--insecure-policy', `oci:${at('layout')}:1`, target]);
  await copy(`docker-archive:${at('saved.tar')}:app:1`);
  await runCommand(['tar', '-czf', at('layout.tar.gz'), '-C', at('layout'), '.']);
  await runCommand(['gzip', '--keep', at('saved.tar')]);
  await lab.start();
  const { image } = await importImage(at('layout'));
  const container = { user: 'www', entrypoint: ['/srv/app'], cmd: [], labels: { a: 'b' }, workingDir: '' };
  expect(image).toMatchObject({ name: 'app', defaultUser: 'root', provenance: { source: at('layout'), container } });

  const registry = await serveRegistry(app);
  try {
    const sources = [`oci:${at('layout')}:1`, at('saved.tar'), at('saved.tar.gz'), at('layout.tar.gz')];
    for (const source of [...sources, `docker://${registry.host}/app:1`]) {
      // The same container image under the same name: it is known before anything is copied.
      const again = await importImage(source);
      expect({ source, ...again }).toEqual({ source, image, steps: ['look at the container image'] });
    }
    const fetched = await importImage(`docker://${registry.host}/app:1`, 'fetched');
    expect(fetched.steps).toContain('copy the container image');
    const saved = await importImage(at('saved.tar.gz'), 'saved');
    for (const { image: other } of [fetched, saved]) {
      expect(other.digest).toBe(image.digest);
      expect(await look(other.digest, 'cat /srv/changed')).toBe('second');
    }
    await expect(importImage(`docker://${registry.host}/app:2`)).rejects.toMatchObject({
      reason: 'IMPORT_SOURCE_NOT_FOUND',
    });
  } finally {
    await registry.close();
  }
  await expect(importImage(`docker://${registry.host}/app:1`)).rejects.toMatchObject({
    reason: 'REGISTRY_UNAVAILABLE',
  });
});

test('layers become one tree with its owners, rights and capabilities, that can boot, without devices', async () => {
  await writeLayout(at('layout'), await makeApp());
  await lab.start();
  const { image } = await importImage(at('layout'));
  const { digest } = image;
  expect(await look(digest, 'cat /srv/changed')).toBe('second');
  expect(await look(digest, 'cat /etc/kept')).toBe('kept');
  const listed = await look(digest, 'ls -l /srv');
  expect(listed).toMatch(/104755 \(1\) +33 +33 .* setuid\n/);
  expect(listed).not.toMatch(/doomed|disk/);
  expect(await look(digest, 'ea_list /srv/capable')).toContain('security.capability');
  expect(await look(digest, 'ls -l /')).not.toContain('.dockerenv');
  expect(await look(digest, 'cat /etc/passwd')).toBe('root:*:0:0:root:/root:/bin/sh\nwww:x:33:33::/srv:/bin/false\n');
  expect(await look(digest, 'cat /usr/lib/banger/environment')).toBe("export PATH='/opt/bin:/bin'\nexport MODE='on'\n");
  expect(await look(digest, 'cat /usr/lib/banger/light-init')).toContain('#!/usr/lib/banger/busybox sh');
  const ssh = await look(digest, 'ls -l /usr/lib/banger/ssh');
  for (const name of ['dropbear', 'dropbearconvert', 'ld.so', 'libc.so.6', 'serve', 'session']) {
    expect(ssh).toMatch(new RegExp(`100755 .* ${name.replace('.', '\\.')}\n`));
  }
  expect(await look(digest, 'ls /usr/lib/banger/ssh/licences')).toContain('dropbear-bin');
});

test('the ssh server that images get runs with nothing but what it brings', async () => {
  await writeLayout(at('layout'), makeContainer([await pack(await emptyFolder('nothing'))]));
  await lab.start();
  const { image } = await importImage(at('layout'));
  const tree = await emptyFolder('kit');
  await look(image.digest, `rdump /usr ${tree}`);
  const ssh = '/usr/lib/banger/ssh';
  const argv = ['chroot', tree, `${ssh}/ld.so`, '--argv0', 'dropbear', '--library-path', ssh, `${ssh}/dropbear`, '-V'];
  expect((await runCommand(argv)).stderr).toContain('Dropbear');
});

async function emptyFolder(name: string): Promise<string> {
  await mkdir(at(name), { recursive: true });
  return at(name);
}

test('no name and no link in a layer leads out of the image', async () => {
  const outside = await emptyFolder('outside');
  const evil = await emptyFolder('evil');
  await writeFile(join(evil, 'file'), 'evil');
  const climb = '../'.repeat(20);
  // Names that climb, and a link that later names go through.
  const climbing = await pack(
    evil,
    '--absolute-names',
    '--transform',
    `s,^\\./file,${climb}${outside.slice(1)}/climbed,`,
  );
  await removePath(join(evil, 'file'));
  await symlink(outside, join(evil, 'etc'));
  await symlink(`${climb}${outside.slice(1)}`, join(evil, 'usr'));
  const links = await pack(evil);
  const through = await emptyFolder('through');
  for (const name of ['etc', 'usr/lib']) await mkdir(join(through, name), { recursive: true });
  await writeFile(join(through, 'etc/passwd'), 'evil');
  const layers = [climbing, links, await pack(through, '--exclude=./etc', '--transform', 's,^\\./usr/lib,usr/lib,')];
  await writeLayout(at('layout'), makeContainer(layers));
  await writeLayout(at('links'), makeContainer([links]));
  await lab.start();
  for (const name of ['layout', 'links']) {
    await importImage(at(name)).catch((error: { reason?: string }) => expect(error.reason).toMatch(/IMPORT|BUILD/));
  }
  expect(await readdir(outside)).toEqual([]);
  expect(await readdir(join(lab.store, 'building'))).toEqual([]);
});

test('a bomb is refused before any of it is written', async () => {
  await writeLayout(at('layout'), makeContainer([Buffer.concat([await bigFile(80), Buffer.alloc(1024)])]));
  await runCommand(['tar', '-czf', at('layout.tar.gz'), '-C', at('layout'), '.']);
  await runCommand(['gzip', '--keep', await savedBomb()]);
  await mkdir(lab.store, { recursive: true });
  await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=120m', 'none', lab.store]);
  try {
    await lab.start();
    for (const source of ['layout', 'layout.tar.gz', 'bomb.tar.gz']) {
      await expect(importImage(at(source))).rejects.toMatchObject({ reason: 'IMAGE_TOO_LARGE' });
      expect(await readdir(join(lab.store, 'building'))).toEqual([]);
    }
    expect((await lab.client.listImages({})).images).toEqual([]);
  } finally {
    await lab.kill();
    await runCommand(['umount', lab.store]);
  }
});

/** A tar archive with one file of zeros. */
async function bigFile(mebibytes: number): Promise<Buffer> {
  const folder = await emptyFolder('big');
  await runCommand(['truncate', '-s', `${mebibytes}M`, join(folder, 'zeros')]);
  return pack(folder);
}

/** An archive as `docker save` makes it, by its list, that is one large file. */
async function savedBomb(): Promise<string> {
  await writeFile(at('big/manifest.json'), '[]');
  await runCommand(['tar', '-cf', at('bomb.tar'), '-C', at('big'), 'manifest.json', 'zeros']);
  return at('bomb.tar');
}

test('what is damaged, and what is no image at all, is refused, and nothing is kept', async () => {
  const app = makeContainer([await pack(await emptyFolder('nothing'))]);
  await writeLayout(at('damaged'), app);
  const [layer] = [...app.blobs.keys()];
  await writeFile(join(at('damaged/blobs/sha256'), (layer ?? '').slice('sha256:'.length)), 'other bytes');
  await writeLayout(at('sparse'), makeContainer([await sparseLayer()]));
  await runCommand(['tar', '-cf', at('plain.tar'), '-C', at('nothing'), '.']);
  await runCommand([
    'tar',
    '-cf',
    at('device.tar'),
    '-C',
    '/',
    'dev/null',
    '-C',
    at('damaged'),
    'index.json',
    'oci-layout',
  ]);
  await writeFile(at('text'), createHash('sha256').digest('hex'));
  await lab.start();
  for (const source of ['damaged', 'sparse', 'device.tar']) {
    await expect(importImage(at(source))).rejects.toMatchObject({ reason: 'IMPORT_REFUSED' });
  }
  for (const source of ['plain.tar', 'text', 'nothing']) {
    await expect(importImage(at(source))).rejects.toMatchObject({ reason: 'IMPORT_SOURCE_UNKNOWN' });
  }
  await expect(importImage(`oci:${at('damaged')}:2`)).rejects.toMatchObject({ reason: 'IMPORT_SOURCE_NOT_FOUND' });
  await expect(importImage(at('nowhere'))).rejects.toMatchObject({ reason: 'IMPORT_SOURCE_NOT_FOUND' });
  await nothingIsLeft();
  expect(await pathExists(at('damaged/index.json'))).toBe(true);
});

/** A layer whose one file claims to be large, and has next to nothing in the archive. */
async function sparseLayer(): Promise<Buffer> {
  const folder = await emptyFolder('hole');
  await runCommand(['truncate', '-s', '1T', join(folder, 'hole')]);
  return pack(folder, '--sparse');
}
