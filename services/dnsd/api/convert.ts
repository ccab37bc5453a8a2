import {
  GetDnsStatusResponse,
  GuestQueries,
  Listener,
  ListenerRole,
  Record,
  RecordType,
} from '../../../gen/banger/dnsd/v1/dns_service.js';
import type { DnsStatus } from '../app/get-dns-status.js';
import type { ListenerState } from '../app/ports.js';
import type { CountedGuest } from '../domain/guest-counts.js';
import { recordText } from '../domain/records.js';
import type { ListedRecord } from '../domain/zone.js';

const recordTypeOf = {
  A: RecordType.A,
  AAAA: RecordType.AAAA,
  PTR: RecordType.PTR,
  SOA: RecordType.SOA,
  NS: RecordType.NS,
} as const;

const roleOf = { host: ListenerRole.HOST, guest: ListenerRole.GUEST } as const;

export function recordToProto(record: ListedRecord): Record {
  const { name, ttlSeconds, data } = record;
  return Record.fromPartial({ name, ttlSeconds, type: recordTypeOf[data.type], data: recordText(data) });
}

export function statusToProto(status: DnsStatus): GetDnsStatusResponse {
  return GetDnsStatusResponse.fromPartial({
    listeners: status.listeners.map(listenerToProto),
    synced: status.synced,
    serial: status.serial,
    changeTime: status.changeTime,
    answeredCount: status.traffic.answered,
    droppedCount: status.traffic.dropped,
    limitedCount: status.traffic.limited,
    upstreams: [...status.upstreams],
    rememberedCount: status.memory.entries,
    rememberedBytes: status.memory.bytes,
    guests: status.guests.map(guestToProto),
  });
}

function listenerToProto(listener: ListenerState): Listener {
  return Listener.fromPartial({ ...listener, role: roleOf[listener.role] });
}

function guestToProto(guest: CountedGuest): GuestQueries {
  return GuestQueries.fromPartial({
    vmName: guest.name,
    address: guest.address,
    askedCount: guest.asked,
    forwardedCount: guest.forwarded,
    rememberedCount: guest.remembered,
    failedCount: guest.failed,
    limitedCount: guest.limited,
  });
}
