import { readFile, stat, writeFile } from '../../../lib/host/files.js';
import { findProgram } from '../../../lib/host/preflight.js';
import type { KernelBuilder, KernelPaths, UnpackedKernel, Work } from '../app/ports.js';
import { writeCpio } from '../domain/cpio.js';
import { digestOf, digestOfInputs } from '../domain/digest.js';
import { kernelFileUnusable } from '../domain/errors.js';
import { initrdTree, type KernelModule } from '../domain/initrd.js';
import { gzip } from './decompress.js';
import { readKernel } from './kernel-source.js';
import { readModules } from './module-tree.js';

/** Takes kernels apart, and makes an initrd of their drivers. */
export class KernelFiles implements KernelBuilder {
  constructor(
    /** Our /init. */
    private readonly initPath: string,
  ) {}

  async inputsDigest(): Promise<string> {
    const [init, busybox] = await Promise.all([readFile(this.initPath), readBusybox()]);
    return digestOfInputs([digestOf(init), digestOf(busybox)]);
  }

  async checkPaths({ file, modules }: KernelPaths): Promise<void> {
    const problems = await Promise.all([problemOf(file, 'file'), modules === '' ? [] : problemOf(modules, 'folder')]);
    if (problems.flat().length > 0) throw kernelFileUnusable(file, problems.flat());
  }

  unpack(file: string, folder: string, work: Work): Promise<UnpackedKernel> {
    return readKernel(file, folder, work.signal);
  }

  modules(folder: string, release: string, work: Work): Promise<readonly KernelModule[]> {
    return readModules(folder, release, work.signal);
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

/** Why a path cannot be read as what it should be. */
async function problemOf(path: string, wanted: 'file' | 'folder'): Promise<string[]> {
  try {
    const found = await stat(path);
    if (wanted === 'folder') return found.isDirectory() ? [] : [`${path} is no folder`];
    if (found.isFile()) return [];
    return [found.isDirectory() ? `${path} is a folder` : `${path} is no regular file`];
  } catch (error) {
    return [`${path}: ${whyUnreadable(error as NodeJS.ErrnoException)}`];
  }
}

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  ELOOP: 'too many links',
  EACCES: 'imaged has no right to read it',
  EPERM: 'imaged has no right to read it',
};

function whyUnreadable({ code = '', message }: NodeJS.ErrnoException): string {
  return unreadable[code] ?? message;
}
