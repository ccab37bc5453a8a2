import { delay } from '../../../lib/clock.js';
import type { Log } from '../../../lib/log.js';
import { Backoff } from '../domain/backoff.js';
import type { VmFeed } from './ports.js';
import type { ZoneKeeper } from './zone-keeper.js';

/** A restart of vmm takes about a second: look soon, and then not too often. */
const firstPauseMs = 100;
const lastPauseMs = 2_000;

/** Follows vmm until the signal aborts. A lost watch is begun anew; meanwhile the last zone is served. */
export async function followVms(feed: VmFeed, keeper: ZoneKeeper, log: Log, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff(firstPauseMs, lastPauseMs);
  while (!signal.aborted) {
    try {
      keeper.beginWatch();
      for await (const event of feed.watch(signal)) {
        keeper.apply(event);
        if (event.kind !== 'synced') continue;
        backoff.reset();
        log.info({ vms: keeper.vmCount(), serial: keeper.zone().serial }, 'following vmm');
      }
      log.warn('vmm ended the watch; serving the last zone');
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'lost vmm; serving the last zone');
    }
    keeper.endWatch();
    await delay(backoff.next(), signal).catch(() => undefined);
  }
}
