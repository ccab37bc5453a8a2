import type { CheckHost, HostFinding } from '../../../lib/finding.js';
import { poolTaken } from '../domain/errors.js';
import { type PoolConflict, poolConflict } from '../domain/pool-conflict.js';
import type { Network } from './network.js';

/** Throws POOL_TAKEN when the host knows addresses of a pool already: its routes and ours would fight. */
export async function requireFreePool(network: Network): Promise<void> {
  const conflict = await findConflict(network);
  if (conflict) throw poolTaken(conflict.pool, conflict.what, conflict.way);
}

/**
 * What the host lacks for guests, the pools included. A route that comes after the guests, as with a VPN, is a warning:
 * they go on, but what it leads to and they may be out of each other's reach.
 */
export function hostCheck(network: Network): CheckHost {
  return async (wanted) => {
    const [found, pools] = await Promise.all([
      network.check(wanted),
      wanted.includes('vm-start') ? poolFindings(network) : [],
    ]);
    return [...found, ...pools];
  };
}

async function poolFindings(network: Network): Promise<HostFinding[]> {
  const { pool } = network.settings;
  const base = { purpose: 'vm-start', type: 'NETWORK' } as const;
  const conflict = await findConflict(network);
  if (conflict === undefined) {
    const subject = `the pool ${pool.prefix}`;
    return [{ ...base, severity: 'ok', subject, found: 'no route of the host overlaps it', remedy: '' }];
  }
  const severity = network.store.state().attachments.length === 0 ? 'error' : 'warning';
  const subject = `the pool ${conflict.pool}`;
  return [{ ...base, severity, subject, found: conflict.what, remedy: conflict.way }];
}

async function findConflict({ links, settings }: Network): Promise<PoolConflict | undefined> {
  const [addresses, routes] = await Promise.all([links.addresses(), links.routes()]);
  return poolConflict(settings, { addresses, routes });
}
