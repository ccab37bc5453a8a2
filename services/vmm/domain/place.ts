import type { FieldViolation } from '../../../lib/errors.js';
import type { VmSpec } from './vm.js';

/** Where a VM is to be in the network, as far as it is asked for. Whether that is free, netd says. */

const byte = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4Pattern = new RegExp(`^${byte}(\\.${byte}){3}$`);
const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** Every mistake in the form of the addresses; empty ones are left to netd. */
export function placeViolations({
  ipv4Address,
  macAddress,
}: Pick<VmSpec, 'ipv4Address' | 'macAddress'>): FieldViolation[] {
  const violations: FieldViolation[] = [];
  if (ipv4Address !== '' && !ipv4Pattern.test(ipv4Address)) {
    violations.push({ field: 'ipv4_address', description: 'must be an IPv4 address, such as 10.77.0.20' });
  }
  if (macAddress !== '' && !macPattern.test(macAddress)) {
    const description = 'must be six hexadecimal pairs, such as 52:54:00:12:34:56';
    violations.push({ field: 'mac_address', description });
  }
  return violations;
}
