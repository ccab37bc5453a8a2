import { formatIp, type IpAddress } from '../../../lib/ip/address.js';
import { formatIpv4 } from '../../../lib/ip/ipv4.js';
import type { Attachment } from './attachment.js';
import { type Expression, field, type Value } from './nft.js';
import type { Ipv6Settings, NetworkSettings } from './settings.js';

/** A protocol of addresses, as rules and sets spell it. */
export interface Family {
  readonly version: 4 | 6;
  /** In matches and in `dnat`. */
  readonly protocol: 'ip' | 'ip6';
  /** The type of its addresses in sets. */
  readonly type: 'ipv4_addr' | 'ipv6_addr';
  readonly source: Expression;
  readonly destination: Expression;
  /** The name of its own one of a set that each family has. */
  readonly named: (set: string) => string;
  readonly addressOf: (attachment: Attachment) => string | undefined;
  /** The addresses that never leave a host. */
  readonly loopback: Value;
  /** Those of a link, and where else networks keep what they tell their hosts alone, such as 169.254.169.254. */
  readonly hostsOnly: readonly Value[];
  /** The pool that guests have their addresses of. */
  readonly poolOf: (settings: NetworkSettings) => Value;
}

export const ipv4: Family = {
  version: 4,
  protocol: 'ip',
  type: 'ipv4_addr',
  source: field('ip', 'saddr'),
  destination: field('ip', 'daddr'),
  named: (set) => set,
  addressOf: ({ address }) => address,
  loopback: { prefix: { addr: '127.0.0.0', len: 8 } },
  hostsOnly: [{ prefix: { addr: '169.254.0.0', len: 16 } }],
  poolOf: ({ pool }) => ({ prefix: { addr: formatIpv4(pool.network), len: pool.length } }),
};

export const ipv6: Family = {
  version: 6,
  protocol: 'ip6',
  type: 'ipv6_addr',
  source: field('ip6', 'saddr'),
  destination: field('ip6', 'daddr'),
  named: (set) => `${set}6`,
  addressOf: ({ address6 }) => address6,
  loopback: '::1',
  // Link-local, RFC 4291 section 2.5.6, and the metadata services that AWS and Google Cloud have in private addresses.
  hostsOnly: [{ prefix: { addr: 'fe80::', len: 10 } }, 'fd00:ec2::254', 'fd20:ce::254'],
  // Where guests have no IPv6, an address that no packet on a wire may have stands for the pool: RFC 4291 section 2.5.2.
  poolOf: ({ ipv6: own }) => (own ? { prefix: { addr: formatIp(networkOf(own)), len: own.pool.length } } : '::'),
};

function networkOf({ pool }: Ipv6Settings): IpAddress {
  return { family: 6, value: pool.network };
}

/** Those whose packets reach a guest or come from one. */
export const families: readonly Family[] = [ipv4, ipv6];
