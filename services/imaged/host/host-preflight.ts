import { hostNotReady, type Precondition } from '../../../lib/errors.js';
import { readFile, statfs } from '../../../lib/host/files.js';
import { findProgram, missingTools, type Tool } from '../../../lib/host/preflight.js';
import type { Job, Preflight } from '../app/ports.js';
import { isStaticProgram } from '../domain/elf.js';
import { architectureUnsupported } from '../domain/errors.js';

const tool = (program: string, debianPackage: string): Tool => ({ program, debianPackage });

const guard = tool('setpriv', 'util-linux');
const aptTools = [tool('apt-get', 'apt'), guard];
const tools: Readonly<Record<Job, readonly Tool[]>> = {
  kernel: [...aptTools, tool('apt-cache', 'apt'), tool('dpkg-deb', 'dpkg')],
  // What unpacks it depends on the file, and is looked for when that is known.
  'kernel import': [guard],
  image: [
    ...aptTools,
    tool('apt-config', 'apt'),
    tool('mmdebstrap', 'mmdebstrap'),
    tool('mke2fs', 'e2fsprogs'),
    tool('unshare', 'util-linux'),
  ],
  container: [
    tool('skopeo', 'skopeo'),
    tool('umoci', 'umoci'),
    tool('dropbear', 'dropbear-bin'),
    tool('ldd', 'libc-bin'),
    tool('mke2fs', 'e2fsprogs'),
    tool('unshare', 'util-linux'),
    tool('prlimit', 'util-linux'),
    tool('setpriv', 'util-linux'),
    tool('tar', 'tar'),
  ],
};
/** Without root, who unpacks needs ids of its own, and mke2fs must be told about mmdebstrap's. */
const toolsWithoutRoot: Readonly<Record<Job, readonly Tool[]>> = {
  kernel: [],
  'kernel import': [],
  image: [tool('newuidmap', 'uidmap'), tool('fakeroot', 'fakeroot')],
  container: [tool('newuidmap', 'uidmap')],
};
const jobNames: Readonly<Record<Job, string>> = {
  kernel: 'build the kernel',
  image: 'build the image',
  container: 'import the container image',
  'kernel import': 'import the kernel',
};

const mebibyte = 1024 * 1024;
/** The tree of packages, the file system made of it, and room for recipes that grow; or a package and what is in it. */
const neededBytes: Readonly<Record<Job, number>> = {
  image: 1024 * mebibyte,
  kernel: 384 * mebibyte,
  // Before anything is known of it.
  container: 64 * mebibyte,
  'kernel import': 384 * mebibyte,
};

/** What a build needs of this host. */
export class HostPreflight implements Preflight {
  constructor(
    private readonly storeFolder: string,
    private readonly isRoot: boolean,
  ) {}

  async check(job: Job): Promise<void> {
    if (process.arch !== 'x64') throw architectureUnsupported(process.arch);
    const wanted = [...tools[job], ...(this.isRoot ? [] : toolsWithoutRoot[job])];
    const missing = [
      ...(await missingTools(wanted)),
      ...(job !== 'image' ? await missingBusybox() : []),
      ...(await missingSpace(this.storeFolder, neededBytes[job])),
    ];
    if (missing.length > 0) throw hostNotReady(jobNames[job], missing);
  }
}

/** The initrd holds busybox and no libraries, so the usual, dynamic one is of no use. */
async function missingBusybox(): Promise<Precondition[]> {
  const path = await findProgram('busybox');
  if (path !== undefined && isStaticProgram(await readFile(path))) return [];
  return [{ type: 'TOOL', subject: 'a statically linked busybox', description: 'apt install busybox-static' }];
}

async function missingSpace(folder: string, needed: number): Promise<Precondition[]> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= needed) return [];
  const inMebibytes = (bytes: number) => `${Math.floor(bytes / mebibyte)} MiB`;
  const description = `${inMebibytes(free)} are free; make room, or move the store with store_dir in [imaged]`;
  return [{ type: 'SPACE', subject: `${inMebibytes(needed)} of disk space in ${folder}`, description }];
}
