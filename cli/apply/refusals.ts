import { BangerError } from '../../lib/errors.js';
import { reasons } from '../errors.js';
import type { Refusal } from './plan.js';

/** All that a plan cannot do, in one error; undefined when it can do everything. */
export function refusalOf(what: string, refusals: readonly Refusal[]): BangerError | undefined {
  if (refusals.length === 0) return undefined;
  const fields = refusals.map(({ name, description }) => ({ field: `vm ${name}`, description }));
  const text = fields.map(({ field, description }) => `${field}: ${description}`).join('; ');
  return new BangerError('wrong-state', reasons.APPLY_REFUSED, `cannot ${what}: ${text}`, { fields });
}
