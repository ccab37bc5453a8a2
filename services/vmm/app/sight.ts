import type { ToldEvent } from '../../../lib/events/event.js';
import type { JournalEntry } from '../../../lib/journal/journal.js';
import type { DiskSize } from '../domain/evidence.js';

/** What the other ports do not tell of the host. Looks, and changes nothing. */
export interface Sight {
  /** When the process of this pid started, in clock ticks after boot; undefined when there is none. */
  startTimeOf(pid: number): number | undefined;
  /** Whether a network interface of this name is there. */
  hasInterface(name: string): Promise<boolean>;
  /** The files of a VM's disks that are there. */
  diskSizes(uid: string): Promise<readonly DiskSize[]>;
}

/** What this service has written down of a VM's past, the newest last. */
export interface History {
  effects(uid: string, count: number): readonly JournalEntry[];
  events(uid: string, count: number): readonly ToldEvent[];
}
