import type { CountedGuest } from '../domain/guest-counts.js';
import type { GuestTraffic, ListenerState, NameListener, TrafficCounts } from './ports.js';
import type { ZoneKeeper } from './zone-keeper.js';

export interface DnsStatus {
  readonly listeners: readonly ListenerState[];
  readonly synced: boolean;
  readonly serial: number;
  readonly changeTime: Date;
  readonly traffic: TrafficCounts;
  readonly upstreams: readonly string[];
  readonly memory: { readonly entries: number; readonly bytes: number };
  readonly guests: readonly CountedGuest[];
}

/** Where the service listens, how fresh its zone is, and what it has answered. */
export function getDnsStatus(
  keeper: ZoneKeeper,
  listeners: readonly NameListener[],
  traffic: TrafficCounts,
  guests: GuestTraffic,
): DnsStatus {
  return {
    listeners: listeners.map((listener) => listener.state()),
    synced: keeper.synced(),
    serial: keeper.zone().serial,
    changeTime: keeper.changeTime(),
    traffic: { ...traffic },
    upstreams: guests.servers(),
    memory: guests.memory(),
    guests: guests.guests(),
  };
}
