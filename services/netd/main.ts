import { NetworkServiceService } from '../../gen/banger/netd/v1/network_service.js';
import { reconcileBy } from '../../lib/discrepancy.js';
import { EventLog } from '../../lib/events/event-log.js';
import { withForgotten } from '../../lib/journal/forgotten.js';
import { openJournal } from '../../lib/journal/journal.js';
import { bindHostCheck } from '../../lib/rpc/host-check-server.js';
import { bind } from '../../lib/rpc/server.js';
import { runService, type ServiceContext, type StartedService } from '../../lib/service.js';
import { openDatabase } from '../../lib/store/database.js';
import { networkAudit } from './api/audit.js';
import { networkHandlers } from './api/network-service.js';
import { checkNetwork } from './app/check-network.js';
import { lookForDiscrepancies } from './app/discrepancies.js';
import { DomainFeed } from './app/domain-feed.js';
import { journalledPorts } from './app/effects.js';
import { keepNetwork } from './app/keep.js';
import { countChanges, Memory } from './app/memory.js';
import { netdMetrics } from './app/metrics.js';
import type { Network } from './app/network.js';
import { hostCheck } from './app/pool-check.js';
import { reconcile } from './app/reconcile.js';
import { Serial } from './app/serial.js';
import { configSchema, type NetdConfig } from './config.js';
import { addressPool } from './domain/address-pool.js';
import type { NetworkSettings } from './domain/settings.js';
import { hostAdapters } from './host/adapters.js';
import { createHostChanges } from './host/changes.js';
import { createHostCheck } from './host/host-check.js';
import { createHostPorts } from './host/host-ports.js';
import { findIpv6 } from './host/ipv6.js';
import { markOf } from './host/mark.js';
import { databaseIn, migrations } from './store/migrations.js';
import { createNetworkStore, ownIpv6Pool } from './store/network-store.js';

async function start({ config, paths, log }: ServiceContext<NetdConfig>): Promise<StartedService> {
  const database = openDatabase(databaseIn(paths.stateDir).path, migrations);
  const mark = markOf(paths.stateDir);
  const ipv6 = await findIpv6(config, mark, (make) => ownIpv6Pool(database, make));
  if (config.ipv6 && !ipv6) log.warn('this host has no IPv6: guests have none either');
  const settings: NetworkSettings = {
    mark,
    pool: addressPool(config.ipv4_pool),
    tapPrefix: config.tap_prefix,
    table: config.nft_table,
    dnsPort: config.dns_port,
    ...(ipv6 && { ipv6 }),
  };
  const events = new EventLog(database, log);
  const memory = new Memory();
  const journal = openJournal(database, log);
  const ports = journalledPorts(hostAdapters(settings.mark), journal);
  const network: Network = {
    settings,
    store: createNetworkStore(database, settings, Date.now, events),
    ...ports,
    firewall: countChanges(ports.firewall, memory),
    ports: createHostPorts(),
    domains: new DomainFeed(),
    check: createHostCheck(ipv6 !== undefined),
    serial: new Serial(),
    memory,
    events,
    log,
  };
  await reconcile(network);
  const stopping = new AbortController();
  const changes = createHostChanges([settings.tapPrefix, settings.pool.gateway]);
  const everyMs = config.check_seconds * 1000;
  const keeping = keepNetwork(network, changes, { everyMs, signal: stopping.signal });
  return {
    bindings: [
      bind(NetworkServiceService, networkHandlers(network), networkAudit),
      bindHostCheck(
        checkNetwork(network, hostCheck(network)),
        reconcileBy(withForgotten(journal, lookForDiscrepancies(network))),
      ),
    ],
    events,
    metrics: netdMetrics(network),
    async stop() {
      stopping.abort();
      await keeping;
      database.close();
    },
  };
}

runService('netd', configSchema, start, { databases: ({ paths }) => [databaseIn(paths.stateDir)] });
