import { hostTraces } from '../../scripts/lib/host-traces.mjs';

/** After the suites of a run, in the same namespaces: fails when they have left anything. */
export default async function after() {
  const left = (await hostTraces()).filter((trace) => !globalThis.tracesBefore.includes(trace));
  if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
}
