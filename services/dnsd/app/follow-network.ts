import { delay } from '../../../lib/clock.js';
import type { Log } from '../../../lib/log.js';
import { Backoff } from '../domain/backoff.js';
import type { NameListener, Networks } from './ports.js';
import type { ZoneKeeper } from './zone-keeper.js';

/** netd starts before us: it is there at once, or it is restarting. */
const firstPauseMs = 250;
const lastPauseMs = 5_000;

/**
 * Keeps the guest listener where it belongs: on the gateway address while VMs have names, nowhere otherwise, for that
 * address comes with the first VM's tap and goes with the last. Asks netd again at every change, so that a new pool is
 * seen with its first VM. Until the signal aborts.
 */
export async function followNetwork(
  networks: Networks,
  keeper: ZoneKeeper,
  listener: NameListener,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff(firstPauseMs, lastPauseMs);
  while (!signal.aborted) {
    const turn = new AbortController();
    const over = AbortSignal.any([signal, turn.signal]);
    const changed = keeper.nextChange(over);
    await place(keeper, listener);
    try {
      keeper.setNetwork(await networks.guestNetwork(signal));
      backoff.reset();
      await changed;
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'cannot ask netd for the network; trying again');
      await Promise.race([changed, delay(backoff.next(), over).catch(() => undefined)]);
    } finally {
      // Whatever this turn still waits for: netd may be away for days, and each try would leave something behind.
      turn.abort();
    }
  }
}

async function place(keeper: ZoneKeeper, listener: NameListener): Promise<void> {
  const network = keeper.network();
  if (network === undefined) await listener.close('netd has not told the gateway address yet');
  else if (keeper.vmCount() === 0) await listener.close('no VM has an address, and the gateway address comes with one');
  else await listener.open(network.gateway);
}
