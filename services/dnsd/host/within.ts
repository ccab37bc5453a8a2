/**
 * Runs `task` with a signal that aborts after `ms` milliseconds, or with `signal` when there is one. Not AbortSignal.timeout, which Node
 * collects as garbage, and never fires, when nothing but AbortSignal.any refers to it (nodejs/node issue 57736).
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await task(signal ? AbortSignal.any([signal, late.signal]) : late.signal);
  } finally {
    clearTimeout(timer);
  }
}
