import { join } from 'node:path';
import { listCgroups } from '../../lib/host/cgroup.js';
import { runCommand } from '../../lib/host/command.js';
import { readdir, readTextIfExists } from '../../lib/host/files.js';
import { commandLine } from '../../lib/host/process.js';
import { openDatabase } from '../../lib/store/database.js';
import { migrations as imagedMigrations } from '../../services/imaged/store/catalog.js';
import { migrations as netdMigrations } from '../../services/netd/store/migrations.js';
import { VmPaths } from '../../services/vmm/host/vm-paths.js';
import { migrations as vmmMigrations } from '../../services/vmm/store/vm-store.js';

/** Where a banger under test keeps its things. */
export interface Places {
  readonly stateDir: string;
  readonly runDir: string;
}

/** What the databases say that there is. */
export interface Stored {
  /** Of VMs, by uid. */
  readonly vms: readonly string[];
  readonly running: readonly string[];
  readonly attachments: readonly string[];
  readonly leases: readonly string[];
  /** Of the journals: what nobody has closed. */
  readonly openIntents: readonly string[];
}

/** Everything on the host that is banger's, one line each; what belongs to a VM names it by its uid or its tap. */
export async function hostState({ stateDir, runDir }: Places): Promise<string[]> {
  const paths = new VmPaths(stateDir, runDir);
  const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');
  const run = async (...argv: string[]) => lines((await runCommand(argv)).stdout);
  const [links, routes, routes6, neighbours, addresses, rules] = await Promise.all([
    run('ip', '-o', 'link'),
    run('ip', 'route'),
    run('ip', '-6', 'route'),
    run('ip', 'neighbour', 'show', 'nud', 'permanent'),
    run('ip', '-o', 'address', 'show', 'dev', 'lo'),
    run('nft', 'list', 'ruleset'),
  ]);
  const mounts = lines((await readTextIfExists('/proc/self/mountinfo')) ?? '');
  return [
    ...links.map((line) => `link ${line.split(': ')[1]}`),
    ...[...routes, ...routes6].filter((line) => !line.includes('dev lo')).map((line) => `route ${line.trim()}`),
    ...neighbours.map((line) => `neighbour ${line}`),
    ...addresses.map((line) => `address ${line.replace(/valid_lft.*/, '').trim()}`),
    ...rules.map((line, i) => `rule ${String(i).padStart(4, '0')} ${line}`),
    ...mounts
      .filter((line) => line.includes(stateDir) || line.includes(runDir))
      .map((line) => `mount ${line.split(' ')[4]}`),
    ...(await listCgroups(paths.cgroup)).map((name) => `cgroup ${name}`),
    ...(await processes([stateDir, runDir])),
    ...(await filesBelow(stateDir, stateDir)),
    ...(await filesBelow(runDir, runDir)),
  ];
}

/** Hypervisors and helpers: processes that name a place of ours. The daemons do not. */
async function processes(places: readonly string[]): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.flatMap((pid) => {
    const words = commandLine(pid) ?? [];
    const names = words.some((word) => places.some((place) => word.includes(place)));
    return names ? [`process ${words.join(' ')}`] : [];
  });
}

/**
 * Not what databases keep beside them, locks, logs, and what may change by itself: a whole step of a build can go from the
 * cache at any time.
 */
const unremarkable =
  /(\.db(-wal|-shm|\.backup)?|\.lock|\.sock|\/lock|(supervisor|daemon)\.json|imaged\/cache\/[0-9a-f]{64}|\.log(\.1)?|kvm-trial\.json|ssh\/.*)$/;

/** Folders of ours that come with their first use, and stay. */
const lasting = /^\/vmm\/(layers|jails)$/;

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const name = path.slice(root.length);
    if (entry.isDirectory()) {
      found.push(...(lasting.test(name) ? [] : [`folder ${name}`]), ...(await filesBelow(root, path)));
    } else if (!unremarkable.test(name)) found.push(`file ${name}`);
  }
  return found;
}

const databases = { vmm: vmmMigrations, netd: netdMigrations, imaged: imagedMigrations };

/** Reads the databases beside their services. */
export function stored({ stateDir }: Places): Stored {
  const query = (service: keyof typeof databases, sql: string) => {
    const database = openDatabase(join(stateDir, service, `${service}.db`), databases[service]);
    try {
      return database.all<{ value: string }>(sql).map(({ value }) => value);
    } finally {
      database.close();
    }
  };
  const open = `SELECT verb || ' ' || step AS value FROM journal WHERE end_time IS NULL ORDER BY id`;
  const running = `SELECT uid AS value FROM vm WHERE document ->> '$.status.state' IN ('RUNNING', 'PAUSED') ORDER BY uid`;
  return {
    vms: query('vmm', 'SELECT uid AS value FROM vm ORDER BY uid'),
    running: query('vmm', running),
    attachments: query('netd', 'SELECT vm_uid AS value FROM attachment ORDER BY vm_uid'),
    leases: query('imaged', 'SELECT holder AS value FROM lease ORDER BY holder'),
    openIntents: (['vmm', 'netd', 'imaged'] as const).flatMap((service) => query(service, open)),
  };
}
