import { type DnsServiceService, ListRecordsResponse } from '../../../gen/banger/dnsd/v1/dns_service.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import { getDnsStatus } from '../app/get-dns-status.js';
import { listRecords } from '../app/list-records.js';
import type { GuestTraffic, NameListener, TrafficCounts } from '../app/ports.js';
import type { ZoneKeeper } from '../app/zone-keeper.js';
import { recordToProto, statusToProto } from './convert.js';

export function dnsHandlers(
  keeper: ZoneKeeper,
  listeners: readonly NameListener[],
  traffic: TrafficCounts,
  guests: GuestTraffic,
): Handlers<typeof DnsServiceService> {
  return {
    listRecords: () => ListRecordsResponse.fromPartial({ records: listRecords(keeper).map(recordToProto) }),
    getDnsStatus: () => statusToProto(getDnsStatus(keeper, listeners, traffic, guests)),
  };
}
