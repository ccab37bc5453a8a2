import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ImageServiceService } from '../../gen/banger/imaged/v1/image_service.js';
import { runCommand } from '../../lib/host/command.js';
import { removePath } from '../../lib/host/files.js';
import { identify, isAlive, waitGone } from '../../lib/host/process.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { createClient } from '../../lib/rpc/client.js';
import type { RpcClient } from '../../lib/rpc/contract.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { makeBzImage, makeModule } from '../fakes/kernel-package.js';
import { serviceBundle } from './service-bundle.js';

/** Generous: a busy machine is no reason to fail. */
export const timeoutMs = 60_000;

/** Set IMAGED_TEST_LOG to see what imaged logs. */
const log = process.env.IMAGED_TEST_LOG ? 'inherit' : 'ignore';

const bundle = serviceBundle('imaged');

/** Builds imaged as it is now, with what lies beside it. */
export async function buildImaged(): Promise<void> {
  await bundle.build();
  for (const folder of ['guest', 'images'])
    await cp(join('services/imaged', folder), join(bundle.folder, folder), { recursive: true });
}

export const removeBuild = bundle.remove;

export interface ImagedLab {
  readonly folder: string;
  readonly store: string;
  readonly client: RpcClient<typeof ImageServiceService>;
  /** A program that imaged finds before the host's of the same name. */
  shim(program: string, script: string): Promise<void>;
  start(): Promise<void>;
  kill(): Promise<void>;
  dispose(): Promise<void>;
}

/** An imaged process with state and an apt of its own, whose only source is a folder of made-up packages. */
export async function createLab(): Promise<ImagedLab> {
  const temp = await tempFolder();
  const folder = temp.path;
  const store = join(folder, 'state', 'imaged');
  const socketPath = join(folder, 'imaged.sock');
  const client = createClient(ImageServiceService, 'imaged', socketPath, { waitForReady: true });
  let imaged: ReturnType<typeof spawnChild> | undefined;
  await mkdir(join(folder, 'bin'));
  const env = {
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    BANGER_STATE_DIR: join(folder, 'state'),
    BANGER_RUN_DIR: folder,
    BANGER_CONFIG: join(folder, 'none.toml'),
    APT_CONFIG: await writeAptConfig(folder),
  };
  const end = async (signal: NodeJS.Signals) => {
    const identity = imaged?.pid === undefined ? undefined : identify(imaged.pid);
    if (!imaged || !identity || !isAlive(identity)) return;
    const ended = once(imaged, 'exit');
    imaged.kill(signal);
    await ended;
    await waitGone(identity, timeoutMs);
  };
  return {
    folder,
    store,
    client,
    async shim(program, script) {
      await writeFile(join(folder, 'bin', program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    async start() {
      imaged = spawnChild([process.execPath, bundle.program], { stdio: ['ignore', 'ignore', log], env });
      await client.listImages({}, { deadlineMs: timeoutMs });
    },
    kill: () => end('SIGKILL'),
    async dispose() {
      client.close();
      await end('SIGTERM');
      await temp.remove();
    },
  };
}

/** An apt that knows nothing of this host's sources, lists and packages. */
async function writeAptConfig(folder: string): Promise<string> {
  const apt = join(folder, 'apt');
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'etc', 'repository']) {
    await mkdir(join(apt, part), { recursive: true });
  }
  await writeFile(join(apt, 'status'), '');
  // Not "file:", for which apt keeps links instead of lists: they would never be behind their archive.
  await writeFile(join(apt, 'etc/sources.list'), `deb [trusted=yes] copy:${apt}/repository ./\n`);
  const settings = {
    'Dir::State': `${apt}/state`,
    'Dir::State::status': `${apt}/status`,
    'Dir::Cache': `${apt}/cache`,
    'Dir::Etc': `${apt}/etc`,
    'APT::Architecture': 'amd64',
  };
  const path = join(apt, 'apt.conf');
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  await writeFile(path, lines.join(''));
  return path;
}

export interface MadeKernel {
  readonly version: string;
  readonly vmlinux: Buffer;
  /** What each module depends on, by its file name. */
  readonly modules: Readonly<Record<string, string>>;
}

/** Puts a kernel package of our making, and the one that depends on it, into the lab's archive. */
export async function publishKernel(lab: ImagedLab, kernel: MadeKernel): Promise<void> {
  const release = `${kernel.version}-cloud-amd64`;
  const tree = join(lab.folder, 'package');
  const drivers = join(tree, 'lib/modules', release, 'kernel/drivers');
  await mkdir(join(tree, 'boot'), { recursive: true });
  await mkdir(drivers, { recursive: true });
  const image = makeBzImage(gzipSync(kernel.vmlinux), 0, { appendSize: false, release });
  await writeFile(join(tree, 'boot', `vmlinuz-${release}`), image);
  for (const [name, depends] of Object.entries(kernel.modules)) {
    await writeFile(join(drivers, `${name}.ko`), makeModule([`name=${name}`, `depends=${depends}`]));
  }
  const kernelStanza = await packUp(lab, tree, { Package: `linux-image-${release}`, Version: kernel.version });
  await removePath(tree);
  await mkdir(tree);
  const Depends = `linux-image-${release} (= ${kernel.version})`;
  const metaStanza = await packUp(lab, tree, { Package: 'linux-image-cloud-amd64', Version: kernel.version, Depends });
  await removePath(tree);
  await writeFile(join(lab.folder, 'apt/repository/Packages'), `${kernelStanza}\n${metaStanza}`);
}

/** Makes a package file of a tree; returns its stanza for the package list. */
async function packUp(lab: ImagedLab, tree: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const all = { ...fields, Architecture: 'amd64', Maintainer: 'test', Description: 'made up' };
  const control = Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
  await mkdir(join(tree, 'DEBIAN'));
  await writeFile(join(tree, 'DEBIAN/control'), control);
  const name = `${fields.Package}_${fields.Version}_amd64.deb`;
  const path = join(lab.folder, 'apt/repository', name);
  await runCommand(['dpkg-deb', '--root-owner-group', '--build', tree, path]);
  const { stdout } = await runCommand(['sha256sum', path]);
  const size = (await runCommand(['stat', '-c', '%s', path])).stdout.trim();
  return `${control}Filename: ./${name}\nSize: ${size}\nSHA256: ${stdout.split(' ')[0]}\n`;
}
