import { BangerError, commonReasons } from './errors.js';

/** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** What comes of some work, or the signal's reason as soon as it aborts: the work goes on then, and nobody hears of it. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal?.reason);
    const stopListening = () => signal?.removeEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    work.finally(stopListening).then(resolve, reject);
  });
}

export interface PollOptions {
  /** Completes "gave up waiting until …". */
  readonly what: string;
  readonly timeoutMs: number;
  /** Pause between looks; 50 ms unless given. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/** Looks until `probe` gives something other than undefined or false, and returns it. Fails with GAVE_UP. */
export async function pollUntil<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: PollOptions,
): Promise<T> {
  const end = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() >= end) throw gaveUp(options);
    await delay(options.everyMs ?? 50, options.signal);
  }
}

function gaveUp(options: PollOptions): BangerError {
  const seconds = Math.round(options.timeoutMs / 100) / 10;
  const message = `gave up after ${seconds} s waiting until ${options.what}`;
  return new BangerError('unavailable', commonReasons.GAVE_UP, message);
}
