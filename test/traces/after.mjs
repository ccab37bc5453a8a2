import { setTimeout as delay } from 'node:timers/promises';
import { hostTraces } from '../../scripts/lib/host-traces.mjs';

/** What was killed a moment ago may still be going, and what others make meanwhile goes again. */
const settleMs = 10_000;

/** After the suites of a run, in the same namespaces: fails when they have left anything. */
export default async function after() {
  let left = (await hostTraces()).filter((trace) => !globalThis.tracesBefore.includes(trace));
  for (const end = performance.now() + settleMs; left.length > 0 && performance.now() < end; ) {
    await delay(100);
    const now = await hostTraces();
    left = left.filter((trace) => now.includes(trace));
  }
  if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
}
