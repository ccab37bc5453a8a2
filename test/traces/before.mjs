import { hostTraces } from '../../scripts/lib/host-traces.mjs';

/** Before the suites of a run: what there is on the machine. */
export default async function before() {
  globalThis.tracesBefore = await hostTraces();
}
