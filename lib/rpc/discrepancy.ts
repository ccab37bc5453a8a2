import * as wire from '../../gen/banger/host/v1/host_service.js';
import { type Discrepancy, discrepancyKinds } from '../discrepancy.js';

/** Discrepancies in the words of banger.host.v1, and ours. */

const states: Readonly<Record<Discrepancy['state'], wire.DiscrepancyState>> = {
  found: wire.DiscrepancyState.FOUND,
  repaired: wire.DiscrepancyState.REPAIRED,
  failed: wire.DiscrepancyState.FAILED,
};

export function toWireDiscrepancy({ state, ...rest }: Discrepancy): wire.Discrepancy {
  return { ...rest, state: states[state] };
}

/** A state that we do not know is not taken for mended. None for a kind that only a newer banger knows. */
export function fromWireDiscrepancy({ kind, state, ...rest }: wire.Discrepancy): Discrepancy[] {
  const names = Object.keys(states) as Discrepancy['state'][];
  const ours = names.find((name) => states[name] === state) ?? 'found';
  return discrepancyKinds.filter((known) => known === kind).map((known) => ({ ...rest, kind: known, state: ours }));
}
