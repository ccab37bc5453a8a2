import { join } from 'node:path';
import { readdir, readFile, writeFile } from '../../../lib/host/files.js';
import { findProgram } from '../../../lib/host/preflight.js';
import type { KernelBuilder, UnpackedKernel, Work } from '../app/ports.js';
import { checkVmlinux, readBzImage } from '../domain/bzimage.js';
import { writeCpio } from '../domain/cpio.js';
import { digestOf, digestOfInputs } from '../domain/digest.js';
import { kernelUnreadable } from '../domain/errors.js';
import { guestModules, initrdTree, type KernelModule } from '../domain/initrd.js';
import type { KernelPackage } from '../domain/kernel-package.js';
import { loadOrder } from '../domain/load-order.js';
import { canonicalModuleName, moduleDependencies } from '../domain/modinfo.js';
import { runBuildTool } from './build-tool.js';
import { decompress, gzip } from './decompress.js';

/** Takes a kernel package apart, and makes an initrd of its drivers. */
export class KernelFiles implements KernelBuilder {
  constructor(
    /** Our /init. */
    private readonly initPath: string,
  ) {}

  async inputsDigest(): Promise<string> {
    const [init, busybox] = await Promise.all([readFile(this.initPath), readBusybox()]);
    return digestOfInputs([digestOf(init), digestOf(busybox)]);
  }

  async unpack(packageFile: string, from: KernelPackage, folder: string, work: Work): Promise<UnpackedKernel> {
    const root = join(folder, 'package');
    await runBuildTool(['dpkg-deb', '--extract', packageFile, root], { signal: work.signal });
    try {
      work.tell({ detail: 'vmlinux' });
      const vmlinux = await unpackVmlinux(join(root, 'boot', `vmlinuz-${from.release}`), folder, work);
      work.tell({ detail: 'modules' });
      return { vmlinux, modules: await readModules(root, from.release, folder, work) };
    } catch (error) {
      // Our readers throw it when the package holds what they do not know.
      if (error instanceof RangeError) throw kernelUnreadable(from.name, error.message);
      throw error;
    }
  }

  async makeInitrd(modules: readonly KernelModule[], path: string): Promise<void> {
    const [init, busybox] = await Promise.all([readFile(this.initPath), readBusybox()]);
    await writeFile(path, await gzip(writeCpio(initrdTree({ init, busybox, modules }))));
  }
}

/** Preflight has seen it, so it is only gone when somebody took it away meanwhile. */
async function readBusybox(): Promise<Buffer> {
  const path = await findProgram('busybox');
  if (path === undefined) throw new Error('busybox has disappeared from this host');
  return readFile(path);
}

async function unpackVmlinux(path: string, folder: string, work: Work): Promise<Buffer> {
  const packed = readBzImage(await readFile(path));
  const vmlinux = await decompress(packed, folder, work.signal);
  checkVmlinux(vmlinux, packed.size);
  return vmlinux;
}

/** Modules end on .ko; newer distributions compress them one by one. */
const moduleFile = /^(?<name>.+)\.ko(?:\.(?<compression>xz|zst|gz))?$/;
const compressionOfSuffix = { xz: 'xz', zst: 'zstd', gz: 'gzip' } as const;

/** The modules that a guest needs, with what they depend on, in load order. */
async function readModules(root: string, release: string, folder: string, work: Work): Promise<KernelModule[]> {
  const paths = await modulePaths(root, release);
  const contents = new Map<string, Buffer>();
  const pending: string[] = [...guestModules];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const path = paths.get(name);
    if (path === undefined || contents.has(name)) continue;
    const content = await readModule(path, folder, work);
    contents.set(name, content);
    pending.push(...moduleDependencies(content));
  }
  const order = loadOrder(guestModules, (name) => {
    const content = contents.get(name);
    return content && moduleDependencies(content);
  });
  return order.map((name) => ({ name, content: contents.get(name) ?? Buffer.alloc(0) }));
}

/** Where each module of a package is, by canonical name. */
async function modulePaths(root: string, release: string): Promise<Map<string, string>> {
  for (const base of ['lib/modules', 'usr/lib/modules']) {
    const folder = join(root, base, release);
    const files = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const found = files.flatMap((file) => {
      const name = moduleFile.exec(file.slice(file.lastIndexOf('/') + 1))?.groups?.name;
      return name === undefined ? [] : [[canonicalModuleName(name), join(folder, file)] as const];
    });
    if (found.length > 0) return new Map(found);
  }
  throw new RangeError(`the package holds no modules of ${release}`);
}

async function readModule(path: string, folder: string, work: Work): Promise<Buffer> {
  const data = await readFile(path);
  const suffix = moduleFile.exec(path)?.groups?.compression as keyof typeof compressionOfSuffix | undefined;
  if (suffix === undefined) return data;
  return decompress({ compression: compressionOfSuffix[suffix], data, size: 0 }, folder, work.signal);
}
