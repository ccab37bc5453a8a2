import { join } from 'node:path';
import { runCommand } from '../../lib/host/command.js';
import { fileSize, readdir, readTextIfExists } from '../../lib/host/files.js';
import { commandLine } from '../../lib/host/process.js';

/** Figures by their names, such as `vmm fds`. */
export type Figures = Readonly<Record<string, number>>;

export interface Measured {
  /** What must be as it was when all VMs are gone: descriptors, links, rules, routes, mounts, processes, files. */
  readonly counts: Figures;
  /** What may move a little: memory, threads, databases. */
  readonly sizes: Figures;
}

export interface Places {
  readonly stateDir: string;
  readonly runDir: string;
}

export interface Service {
  readonly name: string;
  readonly pid: number;
}

/** What banger has of this host now. */
export async function measure(places: Places, services: readonly Service[]): Promise<Measured> {
  const [perService, network, files, databases] = await Promise.all([
    Promise.all(services.map(ofService)),
    ofNetwork(),
    ofFiles(places),
    ofDatabases(places),
  ]);
  return {
    counts: {
      ...Object.assign({}, ...perService.map(({ counts }) => counts)),
      ...network,
      ...files,
      mounts: lines((await readTextIfExists('/proc/self/mountinfo')) ?? ''),
      cgroups: lines(await cgroups()),
      processes: await processesOf(places),
    },
    sizes: { ...Object.assign({}, ...perService.map(({ sizes }) => sizes)), ...databases },
  };
}

async function ofService({ name, pid }: Service): Promise<Measured> {
  const status = (await readTextIfExists(`/proc/${pid}/status`)) ?? '';
  const field = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  return {
    counts: { [`${name} fds`]: descriptors.length },
    sizes: {
      [`${name} rss KiB`]: field('VmRSS'),
      [`${name} data KiB`]: field('VmData'),
      [`${name} threads`]: field('Threads'),
    },
  };
}

async function ofNetwork(): Promise<Figures> {
  const count = async (...argv: string[]) => lines((await runCommand(argv)).stdout);
  return {
    links: await count('ip', '-o', 'link'),
    'nft lines': await count('nft', 'list', 'ruleset'),
    routes: await count('ip', 'route', 'show', 'table', 'all'),
    routes6: await count('ip', '-6', 'route', 'show', 'table', 'all'),
    neighbours: await count('ip', 'neigh', 'show', 'nud', 'permanent'),
  };
}

async function ofFiles({ stateDir, runDir }: Places): Promise<Figures> {
  return { 'state files': await filesBelow(stateDir), 'run files': await filesBelow(runDir) };
}

/** SQLite keeps its log and index beside a database for as long as it likes: those are no files of ours. */
async function filesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter(({ name }) => !/-(wal|shm)$/.test(name)).length;
}

async function ofDatabases({ stateDir }: Places): Promise<Figures> {
  const entries = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && /\.db(-wal)?$/.test(entry.name));
  const sizes = found.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [`${path.slice(stateDir.length + 1)} bytes`, await fileSize(path)] as const;
  });
  return Object.fromEntries(await Promise.all(sizes));
}

async function cgroups(): Promise<string> {
  const { stdout } = await runCommand(['find', '/sys/fs/cgroup', '-type', 'd', '-path', '*banger*'], {
    okExitCodes: [0, 1],
  });
  return stdout;
}

/** Processes that have one of the places in their arguments: hypervisors and helpers, and the daemons if they are told so. */
async function processesOf({ stateDir, runDir }: Places): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const names = (pid: string) =>
    commandLine(Number(pid))?.some((word) => word.includes(stateDir) || word.includes(runDir));
  return pids.filter(names).length;
}

function lines(text: string): number {
  return text.split('\n').filter((line) => line !== '').length;
}

/** What is not as it was, one line each. */
export function differences(before: Figures, after: Figures): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name}: ${before[name] ?? 0} before, ${after[name] ?? 0} after`);
}
