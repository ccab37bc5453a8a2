import { hostNotReady } from '../../../lib/errors.js';
import type { Log } from '../../../lib/log.js';
import type { NetworkSettings } from '../domain/settings.js';
import type { Firewall, Forwarding, HostCheck, Links, NetworkStore } from './ports.js';
import type { Serial } from './serial.js';

/** What every use case is given: the settings, the world, and the one queue of changes. */
export interface Network {
  readonly settings: NetworkSettings;
  readonly store: NetworkStore;
  readonly links: Links;
  readonly firewall: Firewall;
  readonly forwarding: Forwarding;
  readonly host: HostCheck;
  readonly serial: Serial;
  readonly log: Log;
}

/** Throws HOST_NOT_READY with all that is missing. `what` completes "cannot …". */
export async function requireHost(network: Network, what: string): Promise<void> {
  const missing = await network.host.missing();
  if (missing.length > 0) throw hostNotReady(what, missing);
}
