import { type FieldViolation, invalidRequest } from '../../../lib/errors.js';
import { type AddressPool, contains } from './address-pool.js';
import type { NatRule } from './attachment.js';
import { hostAddressProblem, parseIpv4 } from './ipv4.js';

/** Throws INVALID_REQUEST with all field mistakes at once. `what` completes "cannot …". */
export function checkNatRule(what: string, rule: NatRule, pool: AddressPool): void {
  const fields: FieldViolation[] = [];
  const addressProblem = hostAddressProblem(rule.address) ?? poolMember(rule.address, pool);
  if (addressProblem) fields.push({ field: 'ipv4_address', description: addressProblem });
  if (!isInterfaceName(rule.link)) {
    fields.push({ field: 'tap', description: 'must be the name of a network interface: 1 to 15 characters' });
  }
  if (fields.length > 0) throw invalidRequest(what, fields);
}

function poolMember(text: string, pool: AddressPool): string | undefined {
  const address = parseIpv4(text);
  if (address === undefined || !contains(pool, address)) return undefined;
  return `belongs to the pool of VMs, ${pool.prefix}; use \`banger vm set NAME --nat on\` for a VM`;
}

/** Letters that the kernel takes, without those that mean something to nft ("*") or to people (spaces, quotes). */
function isInterfaceName(name: string): boolean {
  return /^[A-Za-z0-9_.-]{1,15}$/.test(name) && name !== '.' && name !== '..';
}
