import { freeCount } from '../domain/address-pool.js';
import { parseIpv4 } from '../domain/ipv4.js';
import type { Repair } from './memory.js';
import type { Network } from './network.js';

export interface NetworkView {
  readonly ipv4Pool: string;
  readonly gateway: string;
  readonly freeCount: number;
  readonly nftTable: string;
  /** The newest last. */
  readonly repairs: readonly Repair[];
  readonly repairCount: number;
}

/** Returns the network that guests are in. */
export function getNetwork({ settings, store, memory }: Network): NetworkView {
  const { pool, table } = settings;
  const taken = new Set(store.state().attachments.map(({ address }) => parseIpv4(address) ?? 0));
  const { repairs, repairCount } = memory;
  const free = freeCount(pool, taken);
  return { ipv4Pool: pool.prefix, gateway: pool.gateway, freeCount: free, nftTable: table, repairs, repairCount };
}
