import { join } from 'node:path';
import { readdir, readFile, readTextIfExists } from '../../../lib/host/files.js';
import { type AptSource, parseListFile, parseSourcesFile } from '../domain/apt-sources.js';

/** What this host runs, and where its apt keeps its sources. */
export interface HostSystem {
  /** The distribution's id, such as "debian". */
  readonly distribution: string;
  /** The code name of its release, such as "bookworm". */
  readonly suite: string;
  /** apt's folder of configuration, /etc/apt. */
  readonly aptFolder: string;
}

/** os-release(5). */
export async function readHostSystem(osRelease = '/etc/os-release', aptFolder = '/etc/apt'): Promise<HostSystem> {
  const text = (await readTextIfExists(osRelease)) ?? '';
  const value = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { distribution: value('ID'), suite: value('VERSION_CODENAME'), aptFolder };
}

/** Every binary entry of the host's sources: sources.list, and the files of sources.list.d that apt reads. */
export async function readAptSources(aptFolder: string): Promise<AptSource[]> {
  const main = parseListFile((await readTextIfExists(join(aptFolder, 'sources.list'))) ?? '');
  const folder = join(aptFolder, 'sources.list.d');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const more = names.sort().map(async (name) => {
    if (name.endsWith('.list')) return parseListFile(await readFile(join(folder, name), 'utf8'));
    return name.endsWith('.sources') ? parseSourcesFile(await readFile(join(folder, name), 'utf8')) : [];
  });
  return [...main, ...(await Promise.all(more)).flat()];
}
