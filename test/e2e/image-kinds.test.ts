import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../lib/host/command.js';
import { readFile } from '../../lib/host/files.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { makeContainer, writeLayout } from '../fakes/container-layout.js';
import { createWorld, type World } from './support/world.js';

/** Images that come from elsewhere: from containers, from another store, from a runtime bundle. They boot and answer. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let world: World;
const at = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await tempFolder();
  const storage = ['[storage]', 'driver = "vfs"', `graphroot = "${at('graph')}"`, `runroot = "${at('containers')}"`];
  await writeFile(at('storage.conf'), storage.join('\n'));
  const env = { CONTAINERS_STORAGE_CONF: at('storage.conf'), TMPDIR: folder.path, BANGER_RUNTIME_DIR: at('runtime') };
  world = await createWorld({ env });
  await world.banger('daemon', 'start');
});
afterAll(async () => {
  await world?.dispose();
  await folder?.remove();
});

interface Image {
  readonly names: readonly string[];
  readonly digest: string;
}

const image = (name: string) => world.json<Image>('image', 'show', name);

describe('a container image', () => {
  /** What no distribution has made: a shell, and nothing that could boot or be logged in to. */
  beforeAll(async () => {
    await mkdir(at('tree/bin'), { recursive: true });
    await runCommand(['cp', '--preserve=mode', '/bin/busybox', at('tree/bin/busybox')]);
    await symlink('busybox', at('tree/bin/sh'));
  });

  test('that has nothing to boot with boots and answers ssh, with its environment', async () => {
    await runCommand(['tar', '-cf', at('layer.tar'), '-C', at('tree'), '.']);
    await writeLayout(at('layout'), makeContainer([await readFile(at('layer.tar'))], { Env: ['MODE=on'] }));
    const copy = [
      'skopeo',
      'copy',
      '--insecure-policy',
      `oci:${at('layout')}:1`,
      `docker-archive:${at('app.tar')}:app:1`,
    ];
    await runCommand(copy);
    await world.banger('image', 'import', at('app.tar'), '--tag', 'app');
    await world.banger('vm', 'create', 'app', '--image', 'app');
    expect(await world.inVm('app', 'echo $MODE on $(/bin/busybox hostname)')).toBe('on on app');
    await world.banger('vm', 'delete', '--force', '--purge', 'app');
  });

  test('is built of a Dockerfile, with what its steps have made', async () => {
    await writeFile(at('tree/Dockerfile'), 'FROM scratch\nCOPY bin /bin\nRUN echo built >/built\nENV MODE=off\n');
    await world.banger('image', 'build', '-f', at('tree/Dockerfile'), at('tree'), '--tag', 'built');
    const { digest } = await image('built');
    const path = join(world.stateDir, 'imaged/objects', digest.slice('sha256:'.length), 'rootfs.ext4');
    expect((await runCommand(['debugfs', '-R', 'cat /built', path])).stdout).toBe('built\n');
  });

  test('is not built of a Dockerfile whose step fails, whose words are told', async () => {
    await writeFile(at('tree/Failing'), 'FROM scratch\nCOPY bin /bin\nRUN echo no luck >&2; exit 7\n');
    const result = await world.attempt('image', 'build', '-f', at('tree/Failing'), at('tree'), '--tag', 'never');
    expect(result.exitCode).toBe(5);
    expect(result.stderr).toMatch(/cannot build image never from .*Failing: buildah failed/);
    expect(result.stderr).toContain('no luck');
  });
});

describe('an image of another store', () => {
  test('comes back from an archive as what it was', async () => {
    const before = await image('debian');
    await world.banger('image', 'export', 'debian', '-o', at('debian.tar.zst'));
    await world.banger('image', 'delete', 'debian');
    await world.banger('image', 'import', at('debian.tar.zst'), '--tag', 'debian');
    expect((await image('debian')).digest).toBe(before.digest);
    expect(await world.attempt('image', 'verify', 'debian')).toMatchObject({ exitCode: 0 });
  });
});

describe('a runtime bundle', () => {
  test('makes a vm on a host that has built nothing', async () => {
    const archive = at('bundle.tar.zst');
    await world.banger('bundle', 'package', '--output', archive);
    await world.banger('bundle', 'fetch', '--manifest', `${archive}.toml`);
    await world.banger('bundle', 'verify');
    const other = await createWorld({ images: false, env: { BANGER_RUNTIME_DIR: at('runtime') } });
    try {
      await other.banger('daemon', 'start');
      await other.banger('vm', 'create', 'bundled', '--init', 'light');
      expect(await other.inVm('bundled', 'hostname')).toBe('bundled');
    } finally {
      await other.dispose();
    }
  });
});
