import type { Attachment } from './attachment.js';
import { formatIpv4 } from './ipv4.js';
import { type Expression, field, type Value } from './nft.js';
import type { NetworkSettings } from './settings.js';

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
  /** Those of a link, where networks keep what they tell their hosts alone, such as 169.254.169.254. */
  readonly linkLocal: Value;
  /** The pool that guests have their addresses of. */
  readonly poolOf: (settings: NetworkSettings) => Value;
}

const ipv4: Family = {
  version: 4,
  protocol: 'ip',
  type: 'ipv4_addr',
  source: field('ip', 'saddr'),
  destination: field('ip', 'daddr'),
  named: (set) => set,
  addressOf: ({ address }) => address,
  loopback: { prefix: { addr: '127.0.0.0', len: 8 } },
  linkLocal: { prefix: { addr: '169.254.0.0', len: 16 } },
  poolOf: ({ pool }) => ({ prefix: { addr: formatIpv4(pool.network), len: pool.length } }),
};

/** Those whose packets reach a guest or come from one. */
export const families: readonly Family[] = [ipv4];
