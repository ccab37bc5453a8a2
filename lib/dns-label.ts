/** At most 63 octets: RFC 1035 section 2.3.4. */
const maxLabelLength = 63;

/**
 * Says what is wrong with `value` as a host name label, or undefined when it is right: lower-case letters, digits and
 * inner hyphens, a letter first (RFC 1035 section 2.3.1), so that a VM's name is a host name everywhere.
 */
export function dnsLabelProblem(value: string): string | undefined {
  if (value === '') return 'must not be empty';
  if (value.length > maxLabelLength) return `must have at most ${maxLabelLength} characters, has ${value.length}`;
  if (!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(value)) {
    return 'must be a DNS label: lower-case letters, digits and inner hyphens, a letter first, such as "web-1"';
  }
  return undefined;
}
