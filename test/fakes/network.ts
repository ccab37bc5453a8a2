import { untold } from '../../lib/events/happenings.js';
import { silentLog } from '../../lib/log.js';
import type { Database } from '../../lib/store/database.js';
import { DomainFeed } from '../../services/netd/app/domain-feed.js';
import { countChanges, Memory } from '../../services/netd/app/memory.js';
import type { Network } from '../../services/netd/app/network.js';
import { Serial } from '../../services/netd/app/serial.js';
import { addressPool } from '../../services/netd/domain/address-pool.js';
import type { NetworkSettings } from '../../services/netd/domain/settings.js';
import { createNetworkStore } from '../../services/netd/store/network-store.js';
import type { FakeKernel } from './kernel.js';

/** A small pool, so that it can be exhausted: five addresses from 10.77.0.10 on, and some that are given by request. */
const settings: NetworkSettings = {
  mark: '0123456789ab',
  pool: addressPool('10.77.0.0/28'),
  tapPrefix: 'bgr',
  table: 'banger',
  dnsPort: 42069,
};

/** A netd that has just been started on this kernel with this database, on a host that lacks nothing. */
export function networkOn(kernel: FakeKernel, database: Database, changed: Partial<NetworkSettings> = {}): Network {
  const { links, others, forwarding, forwarding6, connections, ports } = kernel;
  const memory = new Memory();
  const own = { ...settings, ...changed };
  const store = createNetworkStore(database, own);
  const check = async () => [];
  return {
    settings: own,
    store,
    links,
    firewall: countChanges(kernel.firewall, memory),
    others,
    forwarding,
    forwarding6,
    connections,
    ports,
    check,
    serial: new Serial(),
    domains: new DomainFeed(),
    memory,
    events: untold,
    log: silentLog,
  };
}
