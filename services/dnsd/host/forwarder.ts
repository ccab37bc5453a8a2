import type { Log } from '../../../lib/log.js';
import { errorReply, rcodes } from '../domain/answer.js';
import { encodeTruncated, type ReceivedQuery } from './codec.js';
import type { Asker, Endpoint } from './endpoint.js';
import type { Forward } from './responder.js';
import { exchangeTcp, exchangeUdp } from './upstream.js';
import { within } from './within.js';

export interface ForwarderOptions {
  /** The name servers to ask, best first. */
  readonly upstreams: () => Promise<readonly Endpoint[]>;
  /** Whether an endpoint is one of our own listeners, which are never asked. */
  readonly isOurs: (endpoint: Endpoint) => boolean;
  readonly log: Log;
  readonly limits?: ForwardLimits;
}

export interface ForwardLimits {
  /** How long one name server may take. */
  readonly attemptMs: number;
  /** How long all may take together. */
  readonly totalMs: number;
  /** Queries under way; one more is answered with SERVFAIL. */
  readonly inFlight: number;
  readonly inFlightPerAddress: number;
}

/** A guest's resolver gives up after 5 s (resolv.conf(5)): tell it before that. */
const standardLimits: ForwardLimits = { attemptMs: 1_500, totalMs: 4_500, inFlight: 256, inFlightPerAddress: 64 };
/** Each name server is asked this often: a datagram may be lost. */
const rounds = 2;
const flagTruncated = 0x0200;

interface UnderWay {
  readonly address: string;
  readonly controller: AbortController;
}

/** Sends queries to the host's name servers, one after the other until one helps. */
export class Forwarder {
  readonly #limits: ForwardLimits;
  /** The queries under way. Each has its own signal: one for all would remember every query that ever waited on it. */
  readonly #underWay = new Set<UnderWay>();
  /** Who helped last is asked first, so that a dead server costs its timeout once. */
  #preferred: string | undefined;

  constructor(private readonly options: ForwarderOptions) {
    this.#limits = options.limits ?? standardLimits;
  }

  readonly forward: Forward = async (query, asker, limit) => {
    if (this.#isFull(asker.address)) return undefined;
    const underWay = { address: asker.address, controller: new AbortController() };
    this.#underWay.add(underWay);
    try {
      const askAll = (signal: AbortSignal) => this.#askAll(query, asker, limit, signal);
      return await within(this.#limits.totalMs, underWay.controller.signal, askAll);
    } finally {
      this.#underWay.delete(underWay);
    }
  };

  /** Gives up everything that is under way. */
  stop(): void {
    for (const { controller } of this.#underWay) controller.abort();
  }

  #isFull(address: string): boolean {
    const { inFlight, inFlightPerAddress } = this.#limits;
    if (this.#underWay.size < inFlightPerAddress) return false;
    const same = [...this.#underWay].filter((other) => other.address === address).length;
    return this.#underWay.size >= inFlight || same >= inFlightPerAddress;
  }

  async #askAll(query: ReceivedQuery, asker: Asker, limit: number, signal: AbortSignal): Promise<Buffer | undefined> {
    let lastResort: Buffer | undefined;
    for (const server of await this.#plan()) {
      if (signal.aborted) break;
      const ask = (attempt: AbortSignal) => this.#ask(server, query, asker, limit, attempt);
      const reply = await within(this.#limits.attemptMs, signal, ask).catch((error) => {
        this.options.log.debug({ err: error, ...server }, 'a name server did not answer');
        return undefined;
      });
      if (reply === undefined) continue;
      if (!isRefusal(reply)) {
        this.#preferred = keyOf(server);
        return reply;
      }
      lastResort = reply;
    }
    return lastResort;
  }

  /** All servers in turn, then all again. Never one of our own listeners: a query would go round for ever. */
  async #plan(): Promise<Endpoint[]> {
    const all = (await this.options.upstreams()).filter((server) => !this.options.isOurs(server));
    const preferred = all.filter((server) => keyOf(server) === this.#preferred);
    const once = [...preferred, ...all.filter((server) => !preferred.includes(server))];
    return Array.from({ length: rounds }, () => once).flat();
  }

  async #ask(
    server: Endpoint,
    query: ReceivedQuery,
    asker: Asker,
    limit: number,
    signal: AbortSignal,
  ): Promise<Buffer> {
    if (asker.transport === 'tcp') return exchangeTcp(server, query.message, signal);
    const reply = await exchangeUdp(server, query.message, signal);
    const whole = isTruncated(reply) ? await this.#whole(server, query, reply, limit, signal) : reply;
    if (whole.length <= limit) return whole;
    const options = { limit, recursionAvailable: true };
    return encodeTruncated(query, errorReply(rcodes.NOERROR), options);
  }

  /** The whole answer when the asker can take it; else the truncated one, of which an old resolver makes what it can. */
  async #whole(server: Endpoint, query: ReceivedQuery, part: Buffer, limit: number, signal: AbortSignal) {
    const whole = await exchangeTcp(server, query.message, signal).catch(() => part);
    return whole.length <= limit ? whole : part;
  }
}

/** The server answers, but not this: another may. */
function isRefusal(reply: Buffer): boolean {
  const rcode = reply.readUInt16BE(2) & 15;
  return rcode === rcodes.SERVFAIL || rcode === rcodes.NOTIMP || rcode === rcodes.REFUSED;
}

function isTruncated(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & flagTruncated) !== 0;
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}
