import type { Collect, Sample } from '../../../lib/metrics/metrics.js';
import type { NameListener, QueryCounts } from './ports.js';
import type { ZoneKeeper } from './zone-keeper.js';

/** What dnsd tells of itself at a scrape; a query costs a count, whether metrics are on or not. */
export function dnsMetrics(keeper: ZoneKeeper, listeners: readonly NameListener[], traffic: QueryCounts): Collect {
  const queries = (result: string, value: number): Sample => {
    return { name: 'banger_dns_queries_total', labels: { result }, value };
  };
  return () => [
    ...Object.entries(traffic.answers()).map(([rcode, count]) => queries(rcode, count)),
    queries('dropped', traffic.dropped),
    queries('limited', traffic.limited),
    { name: 'banger_dns_cache_hits_total', value: traffic.cached },
    { name: 'banger_dns_records', value: keeper.zone().records().length },
    { name: 'banger_dns_synced', value: keeper.synced() ? 1 : 0 },
    ...listeners.map((listener): Sample => {
      const { role, listening } = listener.state();
      return { name: 'banger_dns_listener_up', labels: { role }, value: listening ? 1 : 0 };
    }),
  ];
}
