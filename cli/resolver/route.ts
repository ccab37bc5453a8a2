import {
  type Record as DnsRecord,
  type GetDnsStatusResponse,
  ListenerRole,
  RecordType,
} from '../../gen/banger/dnsd/v1/dns_service.js';
import type { Context } from '../context.js';
import type { Route } from './wiring.js';

/** What dnsd says a resolver has to be told: where it answers this host, and for which zones. */
export async function askForRoute(ctx: Context): Promise<Route & { readonly records: readonly DnsRecord[] }> {
  const dnsd = await ctx.clients.dnsd();
  const [status, { records }] = await Promise.all([
    dnsd.getDnsStatus({}, { signal: ctx.signal }),
    dnsd.listRecords({}, { signal: ctx.signal }),
  ]);
  return { ...endpointOf(status), zones: zonesOf(records), records };
}

/** Where it answers this host. */
function endpointOf({ listeners }: GetDnsStatusResponse): { address: string; port: number } {
  const { address = '', port = 0 } = listeners.find(({ role }) => role === ListenerRole.HOST) ?? {};
  return { address, port };
}

/** Every zone has its SOA. */
function zonesOf(records: readonly DnsRecord[]): string[] {
  const names = records.filter(({ type }) => type === RecordType.SOA).map(({ name }) => name.replace(/\.$/, ''));
  return names.sort((a, b) => Number(b === 'vm') - Number(a === 'vm') || (a < b ? -1 : 1));
}
