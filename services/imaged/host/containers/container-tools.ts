import { join } from 'node:path';
import { removePath, statfs, symlink } from '../../../../lib/host/files.js';
import type { ContainerImages, ContainerTree, Work } from '../../app/ports.js';
import { containerEntries, initOf } from '../../domain/container-tree.js';
import { digestOf } from '../../domain/digest.js';
import { imageTooLarge, importRefused } from '../../domain/errors.js';
import type { ImageInit } from '../../domain/image.js';
import type { ContainerSource } from '../../domain/import-source.js';
import { nameOfSource } from '../../domain/skopeo-failure.js';
import type { TarEntry } from '../../domain/tar-scan.js';
import { runBuildTool } from '../build-tool.js';
import { contained } from '../contained.js';
import { makeExt4 } from '../ext4.js';
import { capTimes, newestOf } from '../tree-times.js';
import { loadBootKit } from './boot-kit.js';
import { type LayoutLayer, readLayout, rewriteManifest } from './layout.js';
import { ArchiveTooLarge, isGzip, scanArchive } from './scan-archive.js';
import { copied, Skopeo, sourceName } from './skopeo.js';
import { ImageTree } from './tree.js';

const treeName = 'tree';
const unpackTimeoutMs = 60 * 60_000;
const mebibyte = 1024 * 1024;
/** Left free whatever an image holds. */
const reserveBytes = 64 * mebibyte;

/** Container images by way of skopeo, which copies them, and umoci, which unpacks them. */
export class ContainerTools implements ContainerImages {
  readonly #wrapper: readonly string[];

  constructor(
    isRoot: boolean,
    private readonly guestFolder: string,
  ) {
    this.#wrapper = contained(isRoot);
  }

  async open(source: ContainerSource, folder: string, { signal }: Work): Promise<void> {
    if (source.kind === 'registry') return;
    const path = join(folder, sourceName);
    if (source.kind === 'layout') return symlink(source.path, path);
    const limitBytes = await roomIn(folder);
    // skopeo unpacks some archives whole before it looks at them, and others only when they are not packed.
    const unpackTo = (await isGzip(source.path)) ? path : undefined;
    const options = { signal, limitBytes, ...(unpackTo !== undefined && { unpackTo }) };
    await judge(source, () => scanArchive(source.path, refuseOddities(source), options));
    if (unpackTo === undefined) await symlink(source.path, path);
  }

  async kitDigest(): Promise<string> {
    return (await loadBootKit(this.guestFolder)).digest;
  }

  async identify(source: ContainerSource, folder: string, work: Work): Promise<string> {
    return digestOf(await this.#skopeo(source, folder, work).config());
  }

  async copy(source: ContainerSource, folder: string, work: Work): Promise<void> {
    await this.#skopeo(source, folder, work).copy(await roomIn(folder));
  }

  #skopeo(source: ContainerSource, folder: string, work: Work): Skopeo {
    return new Skopeo(this.#wrapper, source, folder, work);
  }

  async unpack(source: ContainerSource, folder: string, work: Work): Promise<ContainerTree> {
    const layout = join(folder, copied.folder);
    // The tree, and the file system made of it.
    const limitBytes = Math.floor((await roomIn(folder)) / 2);
    const { config, devices, newest } = await judge(source, async () => {
      const image = await readLayout(layout);
      const scanned = await scanLayers(image.layers, limitBytes, work);
      await rewriteManifest(layout, image);
      return { config: image.config, ...scanned };
    });
    const path = join(folder, treeName);
    work.tell({ detail: 'unpacking' });
    const limits = ['prlimit', `--fsize=${limitBytes}`, '--'];
    const unpack = ['umoci', 'raw', 'unpack', '--image', `${copied.folder}:${copied.tag}`, treeName];
    await runBuildTool([...this.#wrapper, ...limits, ...unpack], {
      programName: 'umoci',
      cwd: folder,
      signal: work.signal,
      timeoutMs: unpackTimeoutMs,
    });
    await removePath(layout);
    return { path, config, devices, newest };
  }

  async makeBootable({ path, config, devices, newest }: ContainerTree, work: Work): Promise<ImageInit> {
    const tree = new ImageTree(path, this.#wrapper, work);
    const kit = await loadBootKit(this.guestFolder);
    await tree.clean(devices);
    const facts = await tree.facts();
    await tree.add(containerEntries(facts, config, kit));
    // The same container image gives the same image, whenever that is made.
    await capTimes(path, newest, this.#wrapper, work.signal);
    return initOf(facts);
  }

  makeFileSystem(tree: ContainerTree, path: string, work: Work): Promise<void> {
    return makeExt4(tree.path, path, this.#wrapper, work);
  }
}

/** An OCI archive is a layout: files in folders, and nothing else. */
function refuseOddities(source: Extract<ContainerSource, { kind: 'archive' }>): (entry: TarEntry) => void {
  return ({ path, type }) => {
    if (source.format === 'docker' || type === 'file' || type === 'folder') return;
    throw new RangeError(`it holds ${path}, a ${type}, where an OCI archive has files and folders`);
  };
}

/**
 * Reads all layers once, without keeping anything, to know what they would become before any of it is written. Returns
 * the paths of devices, and when anything was last changed.
 */
async function scanLayers(
  layers: readonly LayoutLayer[],
  limitBytes: number,
  { signal, tell }: Work,
): Promise<Pick<ContainerTree, 'devices' | 'newest'>> {
  const devices: string[] = [];
  let newest = 0;
  // One in the future would let the times of what is added to the image stand as they are.
  const now = Date.now() / 1000;
  const note = ({ type, path, mtime }: TarEntry) => {
    if (mtime <= now) newest = Math.max(newest, mtime);
    if (type === 'device') devices.push(path);
  };
  const totalBytes = layers.reduce((sum, { bytes }) => sum + bytes, 0);
  let unpackedBytes = 0;
  let doneBytes = 0;
  for (const { path, bytes } of layers) {
    tell({ detail: 'checking the layers', doneBytes, totalBytes });
    const before = unpackedBytes;
    await scanArchive(path, note, {
      signal,
      limitBytes: limitBytes - before,
      onBytes: (unpacked) => {
        unpackedBytes = before + unpacked;
      },
    });
    doneBytes += bytes;
  }
  return { devices, newest: newestOf([`${newest}`]) };
}

/** Says of which source it is that a reader of ours found it damaged, or too large. */
async function judge<T>(source: ContainerSource, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const name = nameOfSource(source);
    if (error instanceof ArchiveTooLarge)
      throw imageTooLarge(name, `${error.message}, which is all that there is room for`);
    if (error instanceof RangeError) throw importRefused(name, error.message);
    throw error;
  }
}

async function roomIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.max(0, bavail * bsize - reserveBytes);
}
