import { unlessAborted } from '../../../lib/clock.js';
import type { Log } from '../../../lib/log.js';
import type { OnGuestAnswer } from '../app/ports.js';
import { type AnsweredAddresses, nameText } from '../domain/answered-addresses.js';
import { type CacheLimits, FairCache } from '../domain/fair-cache.js';
import type { Outcome } from '../domain/guest-counts.js';
import { type SeatLimits, Seats } from '../domain/seats.js';
import { addressesIn } from './answered.js';
import type { ReceivedQuery } from './codec.js';
import type { Asker, Endpoint } from './endpoint.js';
import { Flights } from './flights.js';
import { Forwarder } from './forwarder.js';
import { failureSeconds, lifetimeOf } from './lifetime.js';
import { type PassedOn, passOn, replyFor } from './passing-on.js';
import type { Forward } from './responder.js';
import type { WireMessage } from './wire.js';
import { within } from './within.js';

export interface GuestResolverOptions {
  /** The name servers to ask, best first. The same list as long as nothing has changed about them. */
  readonly upstreams: () => Promise<readonly Endpoint[]>;
  /** Whether an endpoint is one of our own listeners, which are never asked. */
  readonly isOurs: (endpoint: Endpoint) => boolean;
  readonly onGuestAnswer?: OnGuestAnswer;
  readonly count: (address: string, outcome: Outcome) => void;
  /** The VM that has an address, for the log. */
  readonly nameOf: (address: string) => string | undefined;
  readonly log: Log;
  readonly limits?: ResolverLimits;
  /** In milliseconds, never going back. */
  readonly now?: () => number;
}

export interface ResolverLimits {
  /** How long one name server may take, in milliseconds. */
  readonly attemptMs: number;
  /** How long all may take together. */
  readonly totalMs: number;
  /** Queries of guests that wait for a name server. */
  readonly seats: SeatLimits;
  readonly cache: CacheLimits;
}

/** A guest's resolver gives up after 5 s (resolv.conf(5)): tell it before that. */
const standardLimits: ResolverLimits = {
  attemptMs: 1_500,
  totalMs: 4_500,
  seats: { total: 256, perOwner: 64 },
  cache: { entries: 10_000, bytes: 8 * 1024 * 1024 },
};
/** How long a guest waits for `onGuestAnswer`: its own resolver still waits for us then. */
const hearingMs = 1_000;
/** What an entry of the cache takes beside its octets: maps, offsets of records. Measured: 400 to 700. */
const entryBytes = 700;

/** A reply, or that nobody helped, and since when we know. */
interface Known {
  readonly message: WireMessage | undefined;
  readonly addresses: AnsweredAddresses | undefined;
  readonly atMs: number;
}

/** A guest that waits. */
interface Seat {
  readonly leaving: AbortController;
}

class OverShare extends Error {}

/** Gives guests the answers of other name servers: from memory, or by asking, once for all who ask the same. */
export class GuestResolver {
  readonly #limits: ResolverLimits;
  readonly #cache: FairCache<Known>;
  readonly #seats: Seats<Seat>;
  readonly #flights: Flights<Known>;
  readonly #forwarder: Forwarder;
  readonly #now: () => number;
  #servers: readonly Endpoint[] = [];

  constructor(private readonly options: GuestResolverOptions) {
    this.#limits = options.limits ?? standardLimits;
    this.#cache = new FairCache(this.#limits.cache);
    this.#seats = new Seats(this.#limits.seats);
    this.#flights = new Flights(this.#limits.totalMs);
    this.#forwarder = new Forwarder({ attemptMs: this.#limits.attemptMs, log: options.log });
    this.#now = options.now ?? (() => performance.now());
  }

  /** What is remembered now. */
  memory(): { entries: number; bytes: number } {
    return { entries: this.#cache.size, bytes: this.#cache.bytes };
  }

  /** The name servers that were asked last. */
  servers(): readonly Endpoint[] {
    return this.#servers;
  }

  readonly forward: Forward = async (query, asker, limit) => {
    this.#follow(await this.options.upstreams());
    const asked = passOn(query);
    const remembered = this.#cache.get(asked.key, this.#now());
    const known = remembered ?? (await this.#fetch(asked, asker));
    const outcome = outcomeOf(known, remembered !== undefined);
    this.options.count(asker.address, outcome);
    this.#tellLog(query, asker, outcome);
    if (known?.message === undefined) return undefined;
    const ageSeconds = Math.floor((this.#now() - known.atMs) / 1000);
    await this.#tell(known.addresses, query, asker, ageSeconds);
    return replyFor(known.message, { query, limit, ageSeconds });
  };

  /** Gives up everything that is under way. */
  stop(): void {
    for (const { leaving } of this.#seats.all()) leaving.abort(new Error('the service is stopping'));
  }

  /** Other name servers may have other answers. */
  #follow(servers: readonly Endpoint[]): void {
    if (servers === this.#servers) return;
    this.#servers = servers;
    this.#cache.clear();
  }

  /** Undefined when the asker has more than its share under way. */
  async #fetch(asked: PassedOn, asker: Asker): Promise<Known | undefined> {
    const seat: Seat = { leaving: new AbortController() };
    const isSeated = this.#seats.take(asker.address, seat, (other) => other.leaving.abort(new OverShare()));
    if (!isSeated) return undefined;
    const key = `${asker.transport} ${this.#isServer(asker) ? asker.address : ''} ${asked.key}`;
    try {
      return await this.#flights.join(key, seat.leaving.signal, (signal) => this.#ask(asked, asker, signal));
    } catch (error) {
      if (error instanceof OverShare) return undefined;
      this.options.log.debug({ err: error }, 'gave up waiting for name servers');
      return this.#failure();
    } finally {
      this.#seats.leave(asker.address, seat);
    }
  }

  /** A VM may be the host's name server. */
  #isServer(asker: Asker): boolean {
    return this.#servers.some(({ address }) => address === asker.address);
  }

  /** Asks all but our own listeners and the asker itself; what comes of it without the asker is for nobody else. */
  async #ask(asked: PassedOn, asker: Asker, signal: AbortSignal): Promise<Known> {
    const current = this.#servers;
    const servers = current.filter((server) => server.address !== asker.address && !this.options.isOurs(server));
    const isForAll = !this.#isServer(asker);
    const message = await this.#forwarder.ask(servers, asked.message, asker.transport, signal);
    const known: Known = { message, addresses: message && addressesIn(message), atMs: this.#now() };
    const seconds = message ? lifetimeOf(message) : failureSeconds;
    const holds = isForAll && current === this.#servers && !signal.aborted;
    if (seconds > 0 && holds) this.#remember(asked, asker, known, seconds);
    return known;
  }

  #remember({ key }: PassedOn, asker: Asker, known: Known, seconds: number): void {
    const bytes = entryBytes + key.length + (known.message?.bytes.length ?? 0);
    this.#cache.set(key, known, { owner: asker.address, bytes, expiresAtMs: known.atMs + seconds * 1000 });
  }

  #failure(): Known {
    return { message: undefined, addresses: undefined, atMs: this.#now() };
  }

  async #tell(
    found: AnsweredAddresses | undefined,
    query: ReceivedQuery,
    asker: Asker,
    ageSeconds: number,
  ): Promise<void> {
    const { onGuestAnswer } = this.options;
    if (found === undefined || onGuestAnswer === undefined) return;
    const { addresses, ttlSeconds } = found;
    const rest = { addresses, ttlSeconds: Math.max(0, ttlSeconds - ageSeconds) };
    const answer = { asker: asker.address, name: nameOf(query), ...rest };
    await within(hearingMs, undefined, (signal) => unlessAborted(onGuestAnswer(answer), signal));
  }

  #tellLog(query: ReceivedQuery, { address, transport }: Asker, outcome: Outcome): void {
    const vm = this.options.nameOf(address);
    this.options.log.debug(
      { vm, address, transport, name: nameOf(query), type: query.question?.type, outcome },
      'a guest asked',
    );
  }
}

function outcomeOf(known: Known | undefined, isRemembered: boolean): Outcome {
  if (known === undefined) return 'limited';
  if (known.message === undefined) return 'failed';
  return isRemembered ? 'remembered' : 'forwarded';
}

function nameOf({ question }: ReceivedQuery): string {
  return nameText(question?.labels ?? []);
}
