import { hostNotReady } from '../../../lib/errors.js';
import { type CheckHost, findAll, lacksOf, notFound, type Observation } from '../../../lib/finding.js';
import { readFile } from '../../../lib/host/files.js';
import { findProgram, lookForSpace, lookForTools, type Tool } from '../../../lib/host/preflight.js';
import type { Job, Preflight } from '../app/ports.js';
import { archiveSources } from '../domain/apt-sources.js';
import { isStaticProgram } from '../domain/elf.js';
import { architectureUnsupported } from '../domain/errors.js';
import { type HostSystem, readAptSources } from './apt-files.js';

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
    tool('debugfs', 'e2fsprogs'),
    tool('find', 'findutils'),
    tool('tar', 'tar'),
    tool('zstd', 'zstd'),
    tool('unshare', 'util-linux'),
  ],
  container: [
    tool('skopeo', 'skopeo'),
    tool('umoci', 'umoci'),
    tool('dropbear', 'dropbear-bin'),
    tool('ldd', 'libc-bin'),
    tool('mke2fs', 'e2fsprogs'),
    tool('debugfs', 'e2fsprogs'),
    tool('find', 'findutils'),
    tool('unshare', 'util-linux'),
    tool('prlimit', 'util-linux'),
    tool('setpriv', 'util-linux'),
    tool('tar', 'tar'),
  ],
};
/** Without root, the users of a tree are ids that are set aside for us. */
const toolsWithoutRoot: Readonly<Record<Job, readonly Tool[]>> = {
  kernel: [],
  'kernel import': [],
  image: [tool('newuidmap', 'uidmap')],
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

/** Whom the folders and the rights are of, and where the host's packages come from. */
export interface BuildHost {
  readonly storeFolder: string;
  readonly isRoot: boolean;
  readonly system: HostSystem;
  readonly architecture: string;
}

/** What a build needs of this host. */
export class HostPreflight implements Preflight {
  constructor(private readonly host: BuildHost) {}

  /** What there is of it, for `image-build`, `image-import` and `kernel-build`. */
  readonly find: CheckHost = (wanted) => {
    const looks = {
      'image-build': () => this.#look('image'),
      'image-import': () => this.#look('container'),
      'kernel-build': () => this.#look('kernel'),
    };
    return findAll(looks, wanted);
  };

  async check(job: Job): Promise<void> {
    const { architecture } = this.host;
    if (architecture !== guestArchitecture) throw architectureUnsupported(architecture);
    const missing = lacksOf(await this.#look(job));
    if (missing.length > 0) throw hostNotReady(jobNames[job], missing);
  }

  async #look(job: Job): Promise<Observation[]> {
    const { storeFolder, isRoot, system, architecture } = this.host;
    const wanted = [...tools[job], ...(isRoot ? [] : toolsWithoutRoot[job])];
    const remedy = 'make room, or move the store with store_dir in [imaged]';
    return [
      lookAtArchitecture(architecture),
      ...(await lookForTools(wanted)),
      job === 'image' ? await lookForSources(system) : await lookForBusybox(),
      await lookForSpace({ folder: storeFolder, needed: neededBytes[job], remedy }),
    ];
  }
}

/** As Node calls it. */
const guestArchitecture = 'x64';

function lookAtArchitecture(architecture: string): Observation {
  const base = { type: 'DEVICE', subject: 'an x86-64 host', found: `this one is ${architecture}` } as const;
  if (architecture === guestArchitecture) return { ...base, severity: 'ok', remedy: '' };
  return { ...base, severity: 'error', remedy: 'build on one that is' };
}

/** The initrd holds busybox and no libraries, so the usual, dynamic one is of no use. */
async function lookForBusybox(): Promise<Observation> {
  const path = await findProgram('busybox');
  const base = { type: 'TOOL', subject: 'a statically linked busybox' } as const;
  if (path !== undefined && isStaticProgram(await readFile(path))) {
    return { ...base, severity: 'ok', found: path, remedy: '' };
  }
  const found = path === undefined ? notFound : `${path} needs libraries`;
  return { ...base, severity: 'error', found, remedy: 'apt install busybox-static' };
}

/** Whose archive an entry is of is only known when its lists are there; the build itself tells those of others apart. */
async function lookForSources({ aptFolder, suite, distribution }: HostSystem): Promise<Observation> {
  const sources = archiveSources(await readAptSources(aptFolder), suite, distribution, []);
  const base = { type: 'FILE', subject: `apt sources of ${suite || 'the host'} with the component main` } as const;
  const where = sources.flatMap(({ uris }) => uris);
  if (where.length > 0) return { ...base, severity: 'ok', found: [...new Set(where)].join(', '), remedy: '' };
  return {
    ...base,
    severity: 'error',
    found: `${aptFolder} has none`,
    remedy: `add an entry to ${aptFolder}/sources.list`,
  };
}
