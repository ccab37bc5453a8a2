import type { Observation } from '../../lib/finding.js';
import type { Context } from '../context.js';
import { isOurs } from './plan.js';
import { systemOf } from './system.js';
import { isLocal, resolverOf } from './wiring.js';

/** Whether this host's programs can find names of VMs, as far as that is seen without a service. */
export async function lookForWiring(ctx: Pick<Context, 'env'>): Promise<Observation> {
  const system = systemOf(ctx);
  const [facts, present] = await Promise.all([system.facts(), system.present()]);
  const kind = resolverOf(facts);
  const base = { type: 'NETWORK', subject: 'names for programs here' } as const;
  const remedy = kind === 'resolv.conf' ? '`banger dns install` prints what to add by hand' : 'sudo banger dns install';
  const told = present.find((each) => each.kind === kind && isOurs(each));
  if (kind === 'resolv.conf' && isLocal(facts)) {
    const found = 'a resolver of this host answers that `banger dns install` does not tell; `banger dns test` asks it';
    return { ...base, severity: 'ok', found, remedy: '' };
  }
  if (told === undefined) {
    const found = `programs on this host do not find .vm: ${kind} is not told who answers for it`;
    return { ...base, severity: 'warning', found, remedy };
  }
  if (kind !== 'systemd-resolved' || system.hasLink()) {
    return { ...base, severity: 'ok', found: `${kind} is told by ${told.path}`, remedy: '' };
  }
  return { ...base, severity: 'warning', found: `${told.path} is there and does not run`, remedy };
}
