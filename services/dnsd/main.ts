import { DnsServiceService } from '../../gen/banger/dnsd/v1/dns_service.js';
import { eventsInMemory } from '../../lib/events/in-memory.js';
import { socketPath } from '../../lib/paths.js';
import { bindHostCheck } from '../../lib/rpc/host-check-server.js';
import { bind } from '../../lib/rpc/server.js';
import { runService, type ServiceContext, type StartedService } from '../../lib/service.js';
import { dnsHandlers } from './api/dns-service.js';
import { dnsCheck } from './app/check-dns.js';
import { EgressDomains, followDomains, tellingNetd } from './app/egress-domains.js';
import { followNetwork } from './app/follow-network.js';
import { followVms } from './app/follow-vms.js';
import { dnsMetrics } from './app/metrics.js';
import { ZoneKeeper } from './app/zone-keeper.js';
import { configSchema, type DnsdConfig } from './config.js';
import { type Endpoint, Traffic } from './host/endpoint.js';
import { openGuestPath } from './host/guest-path.js';
import { DnsListener } from './host/listener.js';
import { upstreamsOf } from './host/resolv-conf.js';
import { Responder } from './host/responder.js';
import { netdNetworks, netdRules } from './peers/netd.js';
import { vmmFeed } from './peers/vmm.js';

async function start({ config, paths, log }: ServiceContext<DnsdConfig>): Promise<StartedService> {
  const keeper = new ZoneKeeper();
  const traffic = new Traffic();
  const zone = () => keeper.zone();

  const hostResponder = new Responder({ zone, traffic, log });
  const hostListener = new DnsListener({
    role: 'host',
    port: config.port,
    respond: (message, asker) => hostResponder.respond(message, asker),
    admits: () => true,
    traffic,
    log,
  });

  const isOurs = ({ address, port }: Endpoint): boolean =>
    listeners.map((listener) => listener.state()).some((own) => own.address === address && own.port === port);
  const upstreams = upstreamsOf(config.upstreams);
  const rules = netdRules(socketPath(paths, 'netd'));
  const domains = new EgressDomains();
  const onGuestAnswer = tellingNetd(rules, domains);
  const nameOf = (address: string) => keeper.vmAt(address);
  const guests = openGuestPath({ zone, upstreams, isOurs, nameOf, onGuestAnswer, traffic, log });
  const guestListener = new DnsListener({
    role: 'guest',
    port: config.port,
    respond: guests.respond,
    // Our own gateway address is none: what we might forward to ourselves is not answered.
    admits: (address) => keeper.isGuest(address),
    allows: guests.allows,
    traffic,
    log,
  });
  const listeners: readonly DnsListener[] = [hostListener, guestListener];

  const stopping = new AbortController();
  const feed = vmmFeed(socketPath(paths, 'vmm'));
  const networks = netdNetworks(socketPath(paths, 'netd'));
  await hostListener.open(config.address);
  const following = [
    followVms(feed, keeper, log, stopping.signal),
    followNetwork(networks, keeper, guestListener, log, stopping.signal),
    followDomains(rules, domains, log, stopping.signal),
  ];
  const check = bindHostCheck(dnsCheck(keeper, listeners));
  return {
    bindings: [bind(DnsServiceService, dnsHandlers(keeper, listeners, traffic, guests)), check],
    events: eventsInMemory(log),
    metrics: dnsMetrics(keeper, listeners, traffic),
    async stop() {
      stopping.abort();
      guests.stop();
      await Promise.all(following);
      await Promise.all(listeners.map((listener) => listener.close('the service is stopping')));
      feed.close();
      networks.close();
      rules.close();
    },
  };
}

runService('dnsd', configSchema, start);
