import { join } from 'node:path';
import { mkdir, readFile, writeFile } from '../../../lib/host/files.js';
import type { Archive, InstalledTree, RootfsBuilder, Work } from '../app/ports.js';
import { installedPackages } from '../domain/kernel-package.js';
import type { FilesStep, ImageStep, LoadedRecipe } from '../domain/recipe.js';
import { writeTar } from '../domain/tar.js';
import { runBuildTool } from './build-tool.js';
import { asRoot, contained, removeTree } from './contained.js';
import { makeExt4 } from './ext4.js';
import { installPackages } from './mmdebstrap.js';
import { buildEpoch, levelTimes } from './tree-times.js';

const scriptTimeoutMs = 60 * 60_000;
const packTimeoutMs = 10 * 60_000;

/** Where run-in-tree puts the file that it is given. */
const fileInTree = '/run/banger/file';

/** All that a script gets of an environment. */
const scriptEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C.UTF-8',
  DEBIAN_FRONTEND: 'noninteractive',
  SOURCE_DATE_EPOCH: `${buildEpoch}`,
} as const;

/** Builds trees as root of them: as root of the host, or in a namespace of users of our own. */
export class Rootfs implements RootfsBuilder {
  constructor(
    private readonly isRoot: boolean,
    /** guest/run-in-tree. */
    private readonly runInTree: string,
  ) {}

  async install(recipe: LoadedRecipe, archive: Archive, folder: string, work: Work): Promise<string> {
    const begin = new Date();
    const tree = await installPackages(recipe.packages, archive, folder, contained(this.isRoot), work);
    await this.#finish(tree, recipe.cleanup, begin, work);
    return tree;
  }

  async apply(tree: string, step: ImageStep, cleanup: Uint8Array, work: Work): Promise<void> {
    const begin = new Date();
    if (step.kind === 'files') await this.#addFiles(tree, step, work);
    else await this.#run(tree, step.script, [fileInTree], work, { network: step.network });
    await this.#finish(tree, cleanup, begin, work);
  }

  async packTree(tree: string, path: string, work: Work): Promise<void> {
    const shape = ['--sort=name', '--numeric-owner', '--xattrs', '--xattrs-include=*', '--format=posix'];
    const argv = ['tar', '--create', ...shape, '--zstd', '--file', path, '--directory', tree, '.'];
    await this.#asRoot(argv, work);
  }

  async unpackTree(path: string, folder: string, work: Work): Promise<string> {
    const tree = join(folder, 'tree');
    await mkdir(tree, { mode: 0o755 });
    const shape = ['--numeric-owner', '--same-permissions', '--xattrs', '--xattrs-include=*'];
    try {
      await this.#asRoot(['tar', '--extract', ...shape, '--zstd', '--file', path, '--directory', tree], work);
    } catch (error) {
      await removeTree(tree);
      throw error;
    }
    return tree;
  }

  async inspect(tree: string): Promise<InstalledTree> {
    return { path: tree, packages: installedPackages(await readFile(join(tree, 'var/lib/dpkg/status'), 'utf8')) };
  }

  makeFileSystem({ path: tree }: InstalledTree, path: string, work: Work, leastMib = 0): Promise<void> {
    return makeExt4(tree, path, asRoot(this.isRoot), work, leastMib);
  }

  /** Inside the tree, so that no link in it leads the files astray. What is there keeps its mode. */
  async #addFiles(tree: string, { entries, owners, user }: FilesStep, work: Work): Promise<void> {
    const extract = ['tar', '--extract', '--touch', '--no-overwrite-dir', '--keep-directory-symlink'];
    await this.#run(tree, writeTar(entries), [...extract, '--file', fileInTree, '--directory', '/'], work);
    if (user !== undefined && !(await hasUser(tree, user))) {
      // "*" is no password that anybody could give, yet the account is not locked: keys are let in.
      const account = ['--create-home', '--user-group', '--shell', '/bin/bash', '--password', '*'];
      await this.#run(tree, Buffer.alloc(0), ['useradd', ...account, user], work);
    }
    for (const { path, owner } of owners) {
      await this.#run(tree, Buffer.alloc(0), ['chown', '--no-dereference', '--', owner, path], work);
    }
  }

  async #finish(tree: string, cleanup: Uint8Array, begin: Date, work: Work): Promise<void> {
    await this.#run(tree, cleanup, [fileInTree], { ...work, tell: () => undefined });
    await levelTimes(tree, begin, asRoot(this.isRoot), work.signal);
  }

  /** Runs a program in the tree, where it finds `file`; what it prints is the step's progress. */
  async #run(
    tree: string,
    file: Uint8Array,
    argv: readonly string[],
    { tell, signal }: Work,
    { network = false } = {},
  ): Promise<void> {
    // Beside the tree, and no secret: without root, it is read by another user of ours.
    const path = `${tree}.file`;
    await writeFile(path, file, { mode: 0o644 });
    const environment = Object.entries(scriptEnvironment).map(([name, value]) => `${name}=${value}`);
    const enter = ['env', '-i', ...environment, this.runInTree, tree, path, network ? 'online' : 'offline', ...argv];
    const onLine = (line: string) => {
      if (line.trim() !== '') tell({ detail: line.trim() });
    };
    await runBuildTool([...contained(this.isRoot, { offline: !network }), ...enter], {
      programName: argv[0] === fileInTree ? 'the script' : argv[0],
      signal,
      timeoutMs: scriptTimeoutMs,
      onStdoutLine: onLine,
      onStderrLine: onLine,
    });
  }

  async #asRoot(argv: readonly string[], { signal }: Work): Promise<void> {
    await runBuildTool([...asRoot(this.isRoot), ...argv], {
      programName: argv[0],
      // The least that zstd can do is enough: it is read once or twice.
      env: { ZSTD_CLEVEL: '1' },
      signal,
      timeoutMs: packTimeoutMs,
    });
  }
}

async function hasUser(tree: string, user: string): Promise<boolean> {
  const lines = (await readFile(join(tree, 'etc/passwd'), 'utf8')).split('\n');
  return lines.some((line) => line.startsWith(`${user}:`));
}
