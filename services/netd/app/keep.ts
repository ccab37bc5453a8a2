import { delay } from '../../../lib/clock.js';
import { ofOwnAccord } from '../../../lib/context.js';
import { mend } from './mend.js';
import type { Network } from './network.js';
import type { HostChanges } from './ports.js';

/** After a change, others follow: they are looked at together. */
const quietMs = 250;
/** A look costs the host no more than this part of its time, however many changes there are. */
const shareOfTime = 10;

export interface KeepOptions {
  /** How long to wait for a change that nobody tells, in milliseconds. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/**
 * Keeps the host as the store says for as long as netd runs. Who changes back at once what is put right is not fought:
 * from one repair to the next the pause doubles, up to that between looks that nobody asked for.
 */
export async function keepNetwork(network: Network, changes: HostChanges, options: KeepOptions): Promise<void> {
  const bell = new Bell();
  const watch = changes.watch(() => bell.ring());
  try {
    let repairs = 0;
    for (;;) {
      await bell.rings(options);
      const start = performance.now();
      repairs = (await mendOrLog(network)) ? repairs + 1 : 0;
      const pause = Math.max(quietMs * 2 ** repairs, shareOfTime * (performance.now() - start));
      await delay(Math.min(pause, options.everyMs), options.signal);
    }
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    watch.stop();
  }
}

async function mendOrLog(network: Network): Promise<boolean> {
  try {
    return await ofOwnAccord('Mend', () => mend(network));
  } catch (error) {
    network.log.error({ err: error }, 'cannot put the network of VMs right');
    return true;
  }
}

/** Remembers that it has rung while nobody waited. */
class Bell {
  #rung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** Resolves a little after it rings, or after so long without; rejects when the signal aborts. */
  async rings({ everyMs, signal }: KeepOptions): Promise<void> {
    const waiting = new AbortController();
    const stop = () => waiting.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const rung = new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#rung) resolve();
    });
    try {
      signal.throwIfAborted();
      await Promise.race([rung, delay(everyMs, waiting.signal)]);
      if (this.#rung) await delay(Math.min(quietMs, everyMs), signal);
      this.#rung = false;
    } finally {
      waiting.abort();
      signal.removeEventListener('abort', stop);
    }
  }
}
