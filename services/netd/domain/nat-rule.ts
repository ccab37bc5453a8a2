import { type FieldViolation, invalidRequest } from '../../../lib/errors.js';
import { octets, parseIpv4 } from '../../../lib/ip/ipv4.js';
import { type AddressPool, contains } from './address-pool.js';
import type { NatRule } from './attachment.js';

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

/** Says why one host cannot have this address, or undefined when it can: RFC 1122 section 3.2.1.3, RFC 5771. */
function hostAddressProblem(text: string): string | undefined {
  const address = parseIpv4(text);
  if (address === undefined) return 'must be an IPv4 address, such as 172.16.0.2';
  const [first = 0] = octets(address);
  if (first === 0 || first === 127 || first >= 224) return 'must be the address of one host on a network';
  return undefined;
}
