import { commandLine, cpuMs, residentBytes, uptimeMs } from '../../../../lib/host/process.js';
import type { DiskStats, GuestMemory, MachineStats, NetworkStats } from '../../domain/stats.js';
import type { ProcessIdentity } from '../../domain/vm.js';
import { tapOfArgs } from './args.js';
import { countersSince } from './tap-counters.js';

/** Runs a QMP command and returns its answer. */
export type Ask = (command: string, args?: object) => Promise<unknown>;

const balloon = '/machine/peripheral/balloon';
/** How often the guest is asked about its memory, once anybody wants to know: each time wakes it up. */
const memoryEverySeconds = 2;

/** What QEMU, the kernel and the guest say of a VM. */
export class QemuFigures {
  #guestIsAsked = false;

  constructor(
    private readonly process: ProcessIdentity,
    /** Where the tap's figures from before the launch are. */
    private readonly countersPath: string,
  ) {}

  /** Fails with HYPERVISOR_UNRESPONSIVE, as `ask` does. */
  async read(ask: Ask): Promise<MachineStats> {
    const { pid } = this.process;
    const [blocks, guestMemory, network] = await Promise.all([
      ask('query-blockstats') as Promise<readonly BlockStats[]>,
      this.#guestMemory(ask),
      this.#network(),
    ]);
    return {
      uptimeMs: uptimeMs(this.process),
      cpuMs: cpuMs(pid) ?? 0,
      residentBytes: residentBytes(pid) ?? 0,
      ...(guestMemory && { guestMemory }),
      disks: diskStats(blocks),
      network,
      counters: {},
    };
  }

  async #network(): Promise<NetworkStats> {
    const { pid } = this.process;
    return countersSince(this.countersPath, pid, tapOfArgs(commandLine(pid) ?? []));
  }

  /** Undefined until the guest's balloon driver has answered. */
  async #guestMemory(ask: Ask): Promise<GuestMemory | undefined> {
    if (!this.#guestIsAsked) {
      const interval = { path: balloon, property: 'guest-stats-polling-interval', value: memoryEverySeconds };
      await ask('qom-set', interval);
      this.#guestIsAsked = true;
    }
    const [said, size, left] = await Promise.all([
      ask('qom-get', { path: balloon, property: 'guest-stats' }) as Promise<GuestStats>,
      ask('query-memory-size-summary') as Promise<{ 'base-memory': number }>,
      ask('query-balloon') as Promise<{ actual: number }>,
    ]);
    return guestMemory(said, size['base-memory'] - left.actual);
  }
}

interface BlockStats {
  readonly 'node-name'?: string;
  readonly stats: {
    readonly rd_bytes: number;
    readonly wr_bytes: number;
    readonly rd_operations: number;
    readonly wr_operations: number;
  };
}

const diskNames: readonly DiskStats['name'][] = ['base', 'overlay', 'work'];

/** From the answer to query-blockstats; the disks bear the names that the command line gives them. */
export function diskStats(blocks: readonly BlockStats[]): DiskStats[] {
  return diskNames.flatMap((name) => {
    const stats = blocks.find((block) => block['node-name'] === name)?.stats;
    if (stats === undefined) return [];
    const { rd_bytes: readBytes, wr_bytes: writtenBytes, rd_operations: readCount, wr_operations: writeCount } = stats;
    return [{ name, readBytes, writtenBytes, readCount, writeCount }];
  });
}

interface GuestStats {
  readonly stats: { readonly 'stat-total-memory': number; readonly 'stat-available-memory': number };
}

/** What a guest has never said is the highest number of 64 bits: docs/interop/virtio-balloon-stats of QEMU. */
const unsaid = 2 ** 64;

export function guestMemory({ stats }: GuestStats, balloonBytes: number): GuestMemory | undefined {
  const { 'stat-total-memory': totalBytes, 'stat-available-memory': availableBytes } = stats;
  if (totalBytes >= unsaid || availableBytes >= unsaid) return undefined;
  return { totalBytes, availableBytes, balloonBytes };
}
