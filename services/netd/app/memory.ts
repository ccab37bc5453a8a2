import type { Firewall } from './ports.js';

/** Something that was not as netd made it, and that netd has put right. */
export interface Repair {
  readonly time: Date;
  /** What it was. */
  readonly what: string;
}

/** How many repairs are told of; the newest. */
const kept = 20;

/** What netd knows of the host while it runs, and needs not after. */
export class Memory {
  /** Taps that a process had open when they were last looked at. */
  openTaps: ReadonlySet<string> = new Set();
  /** How often netd has changed its table. */
  tableChanges = 0;
  /** The table as it was found first after so many changes. */
  table: { readonly changes: number; readonly digest: string } | undefined;
  /** The newest last. */
  repairs: readonly Repair[] = [];
  repairCount = 0;
  /** What could not be put right when it was last tried. */
  unmended: readonly string[] = [];
  /** The names of VMs whose tap went away under them, by tap: until a process opens it again. */
  readonly cutOff = new Map<string, string>();

  sawOpenTaps(open: ReadonlySet<string>): void {
    this.openTaps = open;
    for (const tap of this.cutOff.keys()) if (open.has(tap)) this.cutOff.delete(tap);
  }

  addRepairs(what: readonly string[]): void {
    const time = new Date();
    this.repairs = [...this.repairs, ...what.map((one) => ({ time, what: one }))].slice(-kept);
    this.repairCount += what.length;
  }
}

/** A firewall whose changes are counted. */
export function countChanges(firewall: Firewall, memory: Memory): Firewall {
  return {
    findTable: (name) => firewall.findTable(name),
    async run(commands) {
      memory.tableChanges += 1;
      // Counted again afterwards: what is seen while it runs is neither the old table nor the new.
      await firewall.run(commands).finally(() => {
        memory.tableChanges += 1;
      });
    },
  };
}
