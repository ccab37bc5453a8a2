import { parseIpv4 } from '../../../lib/ip/ipv4.js';
import { freeCount } from '../domain/address-pool.js';
import { ipv6Gateway } from '../domain/address-pool6.js';
import type { Repair } from './memory.js';
import type { Network } from './network.js';

export interface NetworkView {
  readonly ipv4Pool: string;
  readonly gateway: string;
  readonly freeCount: number;
  readonly nftTable: string;
  /** Both empty when guests have no IPv6. */
  readonly ipv6Pool: string;
  readonly ipv6Gateway: string;
  /** The newest last. */
  readonly repairs: readonly Repair[];
  readonly repairCount: number;
}

/** Returns the network that guests are in. */
export function getNetwork({ settings, store, memory }: Network): NetworkView {
  const { pool, table, ipv6 } = settings;
  const taken = new Set(store.state().attachments.map(({ address }) => parseIpv4(address) ?? 0));
  const { repairs, repairCount } = memory;
  return {
    ipv4Pool: pool.prefix,
    gateway: pool.gateway,
    freeCount: freeCount(pool, taken),
    nftTable: table,
    ipv6Pool: ipv6?.pool.prefix ?? '',
    ipv6Gateway: ipv6 ? ipv6Gateway : '',
    repairs,
    repairCount,
  };
}
