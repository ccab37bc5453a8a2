import type { Log } from '../../../lib/log.js';
import type { GuestTraffic, OnGuestAnswer } from '../app/ports.js';
import { GuestLedger, type Outcome } from '../domain/guest-counts.js';
import type { Zone } from '../domain/zone.js';
import { type Endpoint, endpointText, type Respond, type Traffic } from './endpoint.js';
import { GuestResolver } from './guest-resolver.js';
import { guestShare } from './guest-share.js';
import { Responder } from './responder.js';

export interface GuestPathOptions {
  readonly zone: () => Zone;
  /** The name servers to ask for other names, best first. */
  readonly upstreams: () => Promise<readonly Endpoint[]>;
  readonly isOurs: (endpoint: Endpoint) => boolean;
  /** The VM that has an address. */
  readonly nameOf: (address: string) => string | undefined;
  readonly onGuestAnswer?: OnGuestAnswer;
  readonly traffic: Traffic;
  readonly log: Log;
}

export interface GuestPath extends GuestTraffic {
  /** Whether a guest may ask once more at this moment; counts that it has asked. */
  readonly allows: (address: string) => boolean;
  readonly respond: Respond;
  stop(): void;
}

/** What a guest's query goes through: its share, our zone, what is remembered, the host's name servers. */
export function openGuestPath(options: GuestPathOptions): GuestPath {
  const { nameOf, traffic, log } = options;
  const ledger = new GuestLedger(nameOf);
  const count = (address: string, outcome: Outcome) => ledger.count(address, outcome);
  const resolver = new GuestResolver({ ...options, count });
  const responder = new Responder({ zone: options.zone, forward: resolver.forward, traffic, log });
  const share = guestShare();
  return {
    allows(address) {
      const isWithin = share(address);
      count(address, 'asked');
      if (!isWithin) count(address, 'limited');
      return isWithin;
    },
    respond: (message, asker) => responder.respond(message, asker),
    stop: () => resolver.stop(),
    servers: () => resolver.servers().map(endpointText),
    memory: () => resolver.memory(),
    guests: () => ledger.guests(),
  };
}
