import { basename, join } from 'node:path';
import { delay } from '../../../lib/clock.js';
import { BangerError, commonReasons, hostNotReady } from '../../../lib/errors.js';
import type { CommandResult } from '../../../lib/host/command.js';
import { measureFile } from '../../../lib/host/digest.js';
import { pathExists, readdir, stat } from '../../../lib/host/files.js';
import type { Archive, Packages, Work } from '../app/ports.js';
import { archiveSources, forSuite, listsOf, type PackageList } from '../domain/apt-sources.js';
import { digestOfInputs } from '../domain/digest.js';
import { kernelPackageNotFound, noAptSources } from '../domain/errors.js';
import { type KernelPackage, kernelImagePackage, parseKernelPackage } from '../domain/kernel-package.js';
import { type HostSystem, readAptSources } from './apt-files.js';
import { runBuildTool } from './build-tool.js';

const hostSuite = 'host';
const updateTimeoutMs = 10 * 60_000;
const downloadTimeoutMs = 30 * 60_000;
/** How often people hear how far a download is. */
const progressEveryMs = 250;

interface FetchedList extends PackageList {
  readonly path: string;
}

/** The host's apt: its sources, its package lists and its keys. */
export class Apt implements Packages {
  /** By the path of a list: which file it was, and what it said. */
  readonly #digests = new Map<string, { readonly version: string; readonly digest: string }>();

  constructor(
    private readonly system: HostSystem,
    private readonly isRoot: boolean,
  ) {}

  async archive(wanted: string, work: Work): Promise<Archive> {
    const { suite: own, distribution, aptFolder } = this.system;
    const suite = wanted === hostSuite ? own : wanted;
    const lists = await this.#lists(work);
    const sources = archiveSources(await readAptSources(aptFolder), own, distribution, lists);
    if (sources.length === 0) throw noAptSources(own, aptFolder);
    if (suite === own) return { suite, sources, stateDigest: await this.#digestOf(listsOf(sources, lists), work) };
    // The host has no package lists of another suite: an image of it is only built anew when its recipe changes.
    return { suite, sources: forSuite(sources, own, suite), stateDigest: '' };
  }

  async findKernel(packageName: string, work: Work) {
    await this.#lists(work);
    const name = kernelImagePackage(packageName, await this.#show(packageName, work));
    const found = name === undefined ? undefined : parseKernelPackage(await this.#show(name, work));
    if (!found) throw kernelPackageNotFound(packageName);
    return { suite: this.system.suite, package: found };
  }

  async download(wanted: KernelPackage, folder: string, work: Work): Promise<string> {
    const argv = ['apt-get', 'download', `${wanted.name}=${wanted.version}`];
    const options = { cwd: folder, timeoutMs: downloadTimeoutMs };
    await tellSize(folder, wanted, work, () => this.#run(argv, work, options));
    const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
    if (file === undefined) throw new Error(`apt-get download left no package file in ${basename(folder)}`);
    return join(folder, file);
  }

  async refresh(work: Work): Promise<boolean> {
    if (!this.isRoot) return false;
    work.tell({ detail: 'fetching the package lists' });
    // 100: some lists could not be fetched. Those of third parties do not matter, and ours are asked for next.
    await this.#run(['apt-get', 'update'], work, { okExitCodes: [0, 100], timeoutMs: updateTimeoutMs });
    return true;
  }

  /** The package lists, fetched first when there are none. */
  async #lists(work: Work): Promise<FetchedList[]> {
    const lists = await this.#fetchedLists(work);
    if (lists.length > 0) return lists;
    if (!(await this.refresh(work))) {
      const description = 'run `apt-get update` as root';
      throw hostNotReady('look at the archive', [{ type: 'FILE', subject: "apt's package lists", description }]);
    }
    return this.#fetchedLists(work);
  }

  async #fetchedLists(work: Work): Promise<FetchedList[]> {
    const format = '$(FILENAME)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ARCHITECTURE)|$(ORIGIN)';
    const { stdout } = await this.#run(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages'], work);
    const lists = stdout.split('\n').flatMap((line) => {
      const [path = '', uri = '', suite = '', component = '', architecture = '', origin = ''] = line.split('|');
      return path === '' ? [] : [{ path, uri, suite, component, architecture, origin }];
    });
    const there = await Promise.all(lists.map(({ path }) => pathExists(path)));
    return lists.filter((_, i) => there[i]);
  }

  /** Of the content alone: apt leaves a list as it is, or writes the same again, while its archive says the same. */
  async #digestOf(lists: readonly FetchedList[], { signal }: Work): Promise<string> {
    const digests = await Promise.all(lists.map(({ path }) => this.#digestOfList(path, signal)));
    return digestOfInputs(digests.sort());
  }

  /** A list has up to 50 MB, and is read again only when it is not the file that it was. */
  async #digestOfList(path: string, signal: AbortSignal): Promise<string> {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);
    const version = [ino, size, mtimeMs, ctimeMs].join(' ');
    const known = this.#digests.get(path);
    if (known?.version === version) return known.digest;
    const { digest } = await measureFile(path, { signal });
    this.#digests.set(path, { version, digest });
    return digest;
  }

  /** Empty when the sources have no such package. */
  async #show(packageName: string, work: Work): Promise<string> {
    const argv = ['apt-cache', 'show', '--no-all-versions', packageName];
    return (await this.#run(argv, work, { okExitCodes: [0, 100] })).stdout;
  }

  async #run(
    argv: readonly string[],
    { signal }: Work,
    options: { cwd?: string; okExitCodes?: number[]; timeoutMs?: number } = {},
  ): Promise<CommandResult> {
    const [program = '', ...rest] = argv;
    // Our folders are closed to the user that root's apt would download as.
    const result = await runBuildTool([program, '-o', 'APT::Sandbox::User=root', ...rest], { ...options, signal });
    if (result.exitCode !== 0 && /no space left on device/i.test(result.stderr)) {
      throw new BangerError('internal', commonReasons.COMMAND_FAILED, `${program} failed: ${result.stderr.trim()}`);
    }
    return result;
  }
}

/** Runs `download`, and tells meanwhile how much of the package file is there. */
async function tellSize(
  folder: string,
  wanted: KernelPackage,
  work: Work,
  download: () => Promise<unknown>,
): Promise<void> {
  const done = new AbortController();
  const watch = async () => {
    while (!done.signal.aborted) {
      const doneBytes = await sizeOfFiles(folder);
      work.tell({ detail: `${wanted.name} ${wanted.version}`, doneBytes, totalBytes: wanted.sizeBytes });
      await delay(progressEveryMs, done.signal).catch(() => undefined);
    }
  };
  const watching = watch();
  try {
    await download();
  } finally {
    done.abort();
    await watching;
  }
}

async function sizeOfFiles(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.includes('.deb'));
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      (found) => found.size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
