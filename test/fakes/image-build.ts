import { appendFile, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BangerError, commonReasons } from '../../lib/errors.js';
import type {
  Archive,
  InstalledTree,
  KernelBuilder,
  KernelPaths,
  Packages,
  Preflight,
  Recipes,
  RootfsBuilder,
  UnpackedKernel,
  Work,
} from '../../services/imaged/app/ports.js';
import { digestOf } from '../../services/imaged/domain/digest.js';
import { kernelFileUnusable, kernelPackageNotFound } from '../../services/imaged/domain/errors.js';
import type { KernelModule } from '../../services/imaged/domain/initrd.js';
import type { KernelPackage } from '../../services/imaged/domain/kernel-package.js';
import type { ImageStep, LoadedRecipe } from '../../services/imaged/domain/recipe.js';
import { makeVmlinux } from './kernel-package.js';

/** A point in a fake where a test can let a build wait, or fail. */
class Gate {
  /** How often a build has come by. */
  visits = 0;
  failure: Error | undefined;
  #opened: Promise<void> | undefined;
  #reached: (() => void) | undefined;

  /** The next builds wait here until `open` is called. */
  close(): { open(): void; reached: Promise<void> } {
    let open: () => void = () => undefined;
    this.#opened = new Promise((resolve) => {
      open = resolve;
    });
    const reached = new Promise<void>((resolve) => {
      this.#reached = resolve;
    });
    return { open, reached };
  }

  async pass({ signal }: Work): Promise<void> {
    this.visits++;
    this.#reached?.();
    await Promise.race([this.#opened, aborted(signal)]);
    signal.throwIfAborted();
    if (this.failure) throw this.failure;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** A host with a package archive of its own, and builders that write small files instead of images and kernels. */
export class FakeBuildHost implements Preflight, Recipes, Packages, RootfsBuilder, KernelBuilder {
  /** Stands for all that an image is made of; change it, and the next build gives another image. */
  content = 'first';
  stateDigest = 'lists of monday';
  kernelVersion = '6.1.0-1';
  /** The version that the archive has, when the package lists are behind it. */
  archiveVersion: string | undefined;
  hasKernel = true;
  /** Files to import, by path; a text says why one cannot be read. */
  readonly files = new Map<string, UnpackedKernel | string>();
  mayRefresh = true;
  notReady: Error | undefined;
  /** What is in the distribution's package, when it is no good kernel. */
  package: UnpackedKernel | undefined;
  /** The texts of a recipe's scripts, by title. */
  scripts: Record<string, string> = {};
  readonly stepsTaken: string[] = [];
  /** What the last image was made of. */
  lastTree = '';
  readonly installGate = new Gate();
  readonly scriptGate = new Gate();
  readonly downloadGate = new Gate();

  async check(): Promise<void> {
    if (this.notReady) throw this.notReady;
  }

  async names(): Promise<string[]> {
    return ['debian'];
  }

  async load(name: string): Promise<LoadedRecipe | undefined> {
    if (name !== 'debian') return undefined;
    const script = (title: string) =>
      ({ kind: 'script', title, script: Buffer.from(this.scripts[title] ?? ''), network: false }) as const;
    return {
      name,
      suite: 'host',
      defaultUser: 'root',
      init: 'system',
      sizeMib: 0,
      packages: ['bash'],
      steps: Object.keys(this.scripts).map(script),
      cleanup: Buffer.from('true'),
    };
  }

  async archive(): Promise<Archive> {
    return { suite: 'bookworm', sources: [], stateDigest: this.stateDigest };
  }

  async findKernel(packageName: string): Promise<{ suite: string; package: KernelPackage }> {
    if (!this.hasKernel) throw kernelPackageNotFound(packageName);
    const release = `${this.kernelVersion}-cloud-amd64`;
    const found = { name: `linux-image-${release}`, version: this.kernelVersion, release, sizeBytes: 4 };
    return { suite: 'bookworm', package: found };
  }

  async download(wanted: KernelPackage, folder: string, work: Work): Promise<string> {
    await this.downloadGate.pass(work);
    work.tell({ detail: wanted.name, doneBytes: 4, totalBytes: 4 });
    if (this.archiveVersion !== undefined && wanted.version !== this.archiveVersion) {
      throw new BangerError('internal', commonReasons.COMMAND_FAILED, `apt-get failed: no version ${wanted.version}`);
    }
    const path = join(folder, 'kernel.deb');
    await writeFile(path, 'deb!');
    return path;
  }

  async refresh(): Promise<boolean> {
    if (this.mayRefresh) this.kernelVersion = this.archiveVersion ?? this.kernelVersion;
    return this.mayRefresh;
  }

  async install(_recipe: LoadedRecipe, _archive: Archive, folder: string, work: Work): Promise<string> {
    await writeFile(join(folder, 'tree'), 'a tree');
    work.tell({ detail: 'unpacking bash' });
    await this.installGate.pass(work);
    return join(folder, 'tree');
  }

  async apply(tree: string, step: ImageStep, _cleanup: Uint8Array, work: Work): Promise<void> {
    this.stepsTaken.push(step.title);
    await this.scriptGate.pass(work);
    await appendFile(tree, `, ${step.title}`);
  }

  async packTree(tree: string, path: string): Promise<void> {
    await copyFile(tree, path);
  }

  async unpackTree(path: string, folder: string): Promise<string> {
    if ((await readFile(path, 'utf8')).startsWith('damaged')) throw new Error('a damaged archive');
    await copyFile(path, join(folder, 'tree'));
    return join(folder, 'tree');
  }

  async inspect(path: string): Promise<InstalledTree> {
    this.lastTree = await readFile(path, 'utf8');
    return { path, packages: ['bash=5'] };
  }

  async makeFileSystem(_tree: InstalledTree, path: string): Promise<void> {
    await writeFile(path, this.content);
  }

  async inputsDigest(): Promise<string> {
    return digestOf('init and busybox');
  }

  async checkPaths({ file }: KernelPaths): Promise<void> {
    if (!this.files.has(file)) throw kernelFileUnusable(file, ['there is no such file']);
  }

  async unpack(file: string): Promise<UnpackedKernel> {
    const imported = this.files.get(file);
    if (typeof imported === 'string') throw new RangeError(imported);
    const release = `${this.kernelVersion}-cloud-amd64`;
    const built = { vmlinux: makeVmlinux({ release }), payload: 'lz4', release, modules: '/modules' } as const;
    return imported ?? this.package ?? built;
  }

  async modules(tree: string): Promise<readonly KernelModule[]> {
    if (tree !== '/modules') throw new RangeError('it holds no modules');
    return [{ name: 'overlay', content: Buffer.from(this.kernelVersion) }];
  }

  async makeInitrd(modules: readonly KernelModule[], path: string): Promise<void> {
    await writeFile(path, modules.map(({ name }) => name).join(' '));
  }
}
