import type { CountedGuest } from '../domain/guest-counts.js';
import type { Prefix } from '../domain/ipv4.js';
import type { Ipv6Prefix } from '../domain/ipv6.js';
import type { VmEvent } from '../domain/projection.js';

/** What dnsd needs of the world. */

/** Tells of VMs: a snapshot, `synced`, then changes. Ends or fails when the other side goes. */
export interface VmFeed {
  watch(signal: AbortSignal): AsyncIterable<VmEvent>;
}

/** The network that guests are in. */
export interface GuestNetwork {
  readonly pool: Prefix;
  /** Absent when guests have no IPv6. */
  readonly ipv6Pool?: Ipv6Prefix;
  /** In dotted form. */
  readonly gateway: string;
}

export interface Networks {
  guestNetwork(signal: AbortSignal): Promise<GuestNetwork>;
}

/** The domains that one guest's egress rules are about: "example.org", or "*.example.org" for all names under it. */
export interface GuestDomains {
  readonly addresses: readonly string[];
  readonly domains: readonly string[];
}

/** What netd lets guests reach, as far as it depends on names. */
export interface EgressRules {
  /** All that there are, and all again at each change. Ends or fails when the other side goes. */
  domains(signal: AbortSignal): AsyncIterable<readonly GuestDomains[]>;
  /** Returns when the guest can reach the addresses, if a rule says that it may. */
  allow(answer: GuestAnswer): Promise<void>;
}

export type ListenerRole = 'host' | 'guest';

export interface ListenerState {
  readonly role: ListenerRole;
  /** Empty while it is not known. */
  readonly address: string;
  readonly port: number;
  readonly listening: boolean;
  /** Why not; empty when it listens. */
  readonly error: string;
}

/** A place where queries arrive, UDP and TCP. Keeps trying until it has its port, and says why it has not. */
export interface NameListener {
  /** Returns after the first attempt. A repeat for the same address tries again at once if it must. */
  open(address: string): Promise<void>;
  /** `why` is shown as the listener's state until it is opened again. */
  close(why: string): Promise<void>;
  state(): ListenerState;
}

/** What a guest is about to be told about a name that is not ours: somebody else's addresses. */
export interface GuestAnswer {
  /** The guest's address. */
  readonly asker: string;
  /** What it asked for: lower-case, without the last dot. The addresses may be those of what it is an alias of. */
  readonly name: string;
  /** At least one, each once: dotted, or IPv6 as RFC 5952 writes it. */
  readonly addresses: readonly string[];
  /** How long the guest may keep them, in seconds; 0 for this once. */
  readonly ttlSeconds: number;
}

/**
 * Hears of each answer with addresses, from a name server or from memory, before the guest gets it, so that whatever
 * depends on it is in place when the guest uses it. The guest waits meanwhile, for at most a second; when this rejects, or
 * takes longer, it gets SERVFAIL and asks again.
 */
export type OnGuestAnswer = (answer: GuestAnswer) => Promise<void>;

/** What guests have asked beside `.vm`, and who answers them. */
export interface GuestTraffic {
  /** The name servers, best first, as ADDRESS:PORT; none before the first guest has asked. */
  servers(): readonly string[];
  /** The answers that are kept. */
  memory(): { readonly entries: number; readonly bytes: number };
  /** By name. */
  guests(): readonly CountedGuest[];
}

/** What has been done since the service started. */
export interface TrafficCounts {
  readonly answered: number;
  /** What no honest answer exists for. */
  readonly dropped: number;
  /** What was too much: queries beyond a limit, answers that nobody takes, connections that made room for others. */
  readonly limited: number;
}

export interface QueryCounts extends TrafficCounts {
  /** Of those answered, what came from kept replies. */
  readonly cached: number;
  /** The answered ones by the name of their response code, in lower case; `other` for what name servers made up. */
  answers(): Readonly<Record<string, number>>;
}
