import { hostNotReady } from '../../../lib/errors.js';
import type { Happenings } from '../../../lib/events/happenings.js';
import { type CheckHost, lacksOf } from '../../../lib/finding.js';
import type { Log } from '../../../lib/log.js';
import type { NetworkSettings } from '../domain/settings.js';
import type { DomainFeed } from './domain-feed.js';
import type { Memory } from './memory.js';
import type {
  Connections,
  Firewall,
  Forwarding,
  HostPorts,
  Ipv6Forwarding,
  Links,
  NetworkStore,
  OtherFirewalls,
} from './ports.js';
import type { Serial } from './serial.js';

/** What every use case is given: the settings, the world, and the one queue of changes. */
export interface Network {
  readonly settings: NetworkSettings;
  readonly store: NetworkStore;
  readonly links: Links;
  readonly firewall: Firewall;
  readonly others: OtherFirewalls;
  readonly forwarding: Forwarding;
  readonly forwarding6: Ipv6Forwarding;
  readonly connections: Connections;
  readonly ports: HostPorts;
  /** Whether this host has what taps, `vm-start`, and forwarding, `nat`, need. */
  readonly check: CheckHost;
  readonly serial: Serial;
  /** Who follows the domains of egress rules hears of each change. */
  readonly domains: DomainFeed;
  readonly memory: Memory;
  readonly events: Happenings;
  readonly log: Log;
}

/** Throws HOST_NOT_READY with all that is missing. `what` completes "cannot …"; `nat` is whether the host shall forward. */
export async function requireHost({ check }: Network, what: string, nat: boolean): Promise<void> {
  const missing = lacksOf(await check(nat ? ['vm-start', 'nat'] : ['vm-start']));
  if (missing.length > 0) throw hostNotReady(what, missing);
}
