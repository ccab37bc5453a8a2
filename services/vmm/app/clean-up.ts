import { unlessAborted } from '../../../lib/clock.js';
import { BangerError, commonReasons } from '../../../lib/errors.js';
import { type RemainPart, remainName } from '../domain/trash.js';
import type { Machines } from './machines.js';
import type { World } from './world.js';

/** How each part of a VM goes. Each may be repeated, and succeeds when there is nothing. */
export type CleanUps = Readonly<Record<RemainPart, (uid: string, signal: AbortSignal) => Promise<void>>>;

export function cleanUpsOf(world: World, machines: Machines): CleanUps {
  return {
    hypervisor: (uid) => machines.end(uid),
    network: (uid, signal) => world.networks.release(uid, signal),
    image: (uid, signal) => world.images.release(uid, signal),
    disk: (uid) => world.disks.remove(uid),
  };
}

/**
 * Waits no longer than this for something that may never end: a process or a disk in a wait that nothing interrupts does
 * not heed the signal. What was begun may still come to its end, which harms nothing.
 */
export async function atMost(
  ms: number,
  part: RemainPart,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const late = new AbortController();
  const seconds = Math.ceil(ms / 1000);
  const message = `${remainName(part)} could not be cleaned up within ${seconds} s`;
  const timer = setTimeout(() => late.abort(new BangerError('unavailable', commonReasons.GAVE_UP, message)), ms);
  const both = AbortSignal.any([signal, late.signal]);
  try {
    await unlessAborted(work(both), both);
  } catch (error) {
    // Whoever heeds the signal may say it in words of its own.
    throw late.signal.aborted ? late.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
