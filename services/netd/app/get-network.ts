import { capacity } from '../domain/address-pool.js';
import type { Network } from './network.js';

export interface NetworkView {
  readonly ipv4Pool: string;
  readonly gateway: string;
  readonly freeCount: number;
  readonly nftTable: string;
}

/** Returns the network that guests are in. */
export function getNetwork({ settings, store }: Network): NetworkView {
  const { pool, table } = settings;
  const freeCount = capacity(pool) - store.state().attachments.length;
  return { ipv4Pool: pool.prefix, gateway: pool.gateway, freeCount, nftTable: table };
}
