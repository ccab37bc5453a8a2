import { basename, join } from 'node:path';
import { hostNotReady } from '../../../../lib/errors.js';
import { readFile, readTextIfExists, realpath } from '../../../../lib/host/files.js';
import { findProgram, missingTools, type Tool } from '../../../../lib/host/preflight.js';
import { type ArchiveEntry, file } from '../../domain/archive.js';
import { bootFiles } from '../../domain/bootable.js';
import type { BootKit } from '../../domain/container-tree.js';
import { digestOf, digestOfInputs } from '../../domain/digest.js';
import { parseLoaderList } from '../../domain/loader-list.js';
import { runBuildTool } from '../build-tool.js';

/** The ssh server that foreign images get. Its package starts nothing on this host. */
const sshTool: Tool = { program: 'dropbear', debianPackage: 'dropbear-bin' };
const sshPrograms = ['dropbear', 'dropbearconvert'] as const;
/** The name of the loader in a guest. */
const loaderName = 'ld.so';
const ownGuestFiles = ['container-ssh', 'container-ssh.service'] as const;

export interface LoadedBootKit extends BootKit {
  /** Of everything in it. */
  readonly digest: string;
}

/** Reads what a container image gets of this host. Fails with HOST_NOT_READY. */
export async function loadBootKit(guestFolder: string): Promise<LoadedBootKit> {
  const names = [...bootFiles, ...ownGuestFiles];
  const contents = await Promise.all(names.map((name) => readFile(join(guestFolder, name))));
  const byName = new Map<string, Buffer>(names.map((name, i) => [name, contents[i] ?? Buffer.alloc(0)]));
  const ssh = await sshServer();
  const busybox = await readBusybox();
  const digests = [...contents, busybox, ...ssh.map((entry) => (entry.type === 'file' ? entry.content : ''))].map(
    digestOf,
  );
  return {
    guestFile: (name) => byName.get(name) ?? Buffer.alloc(0),
    busybox,
    ssh,
    digest: digestOfInputs(digests),
  };
}

async function readBusybox(): Promise<Buffer> {
  const path = await findProgram('busybox');
  if (path === undefined) throw new Error('busybox has disappeared from this host');
  return readFile(path);
}

/** Dropbear with its loader, its libraries and their licences. */
async function sshServer(): Promise<ArchiveEntry[]> {
  const missing = await missingTools([sshTool]);
  const paths = await Promise.all(sshPrograms.map((name) => findProgram(name)));
  const programs = paths.filter((path) => path !== undefined);
  if (missing.length > 0 || programs.length < sshPrograms.length)
    throw hostNotReady('import the container image', missing);
  const parts = new Map<string, string>(programs.map((path) => [basename(path), path]));
  for (const program of programs) {
    const { stdout } = await runBuildTool(['ldd', program]);
    const { loader, libraries } = parseLoaderList(stdout);
    for (const path of libraries) parts.set(basename(path), path);
    parts.set(loaderName, loader);
  }
  const sorted = [...parts].sort(([a], [b]) => (a < b ? -1 : 1));
  const files = sorted.map(async ([name, path]) => file(name, await readFile(path), 0o755));
  return [...(await Promise.all(files)), ...(await licences([...parts.values()]))];
}

/** The copyright files of the packages that files come from, as Debian keeps them. */
async function licences(paths: readonly string[]): Promise<ArchiveEntry[]> {
  const known = [...new Set([...paths, ...(await Promise.all(paths.map((path) => realpath(path))))])];
  // It knows a file by the path in its package, and fails when it does not know one of them.
  const { stdout } = await runBuildTool(['dpkg-query', '--search', ...known], { okExitCodes: [0, 1] });
  const packages = new Set(
    stdout.split('\n').flatMap((line) => /^([a-z0-9.+-]+)(?::[a-z0-9]+)?: /.exec(line)?.[1] ?? []),
  );
  const texts = [...packages].sort().map(async (name) => {
    const text = await readTextIfExists(`/usr/share/doc/${name}/copyright`);
    return text === undefined ? [] : [file(`licences/${name}`, text)];
  });
  return (await Promise.all(texts)).flat();
}
