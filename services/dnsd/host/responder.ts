import type { Log } from '../../../lib/log.js';
import { decide, errorReply, type Reply, rcodes } from '../domain/answer.js';
import { answerLimit, type Transport } from '../domain/query.js';
import type { Zone } from '../domain/zone.js';
import { encodeReply, type ReceivedQuery, readQuery } from './codec.js';
import type { Asker, Traffic } from './endpoint.js';
import { Repeats } from './repeats.js';
import { ReplyCache } from './reply-cache.js';

/** Asks other name servers. Gives a reply that fits into `limit` bytes; undefined when none of them helps. */
export type Forward = (query: ReceivedQuery, asker: Asker, limit: number) => Promise<Buffer | undefined>;

export interface ResponderOptions {
  /** The zone at this moment. */
  readonly zone: () => Zone;
  /** Without it, names that are not ours are refused. */
  readonly forward?: Forward;
  readonly traffic: Traffic;
  readonly log: Log;
}

/** What is kept per transport, twice: some thousands of replies. A host asks for a few names over and over. */
const cacheGenerationBytes = 2 * 1024 * 1024;
/** Messages longer than this are not kept: a question is rarely half as long. */
const maxCachedBytes = 300;
const idBytes = 2;

/**
 * A message in, a reply out. Whatever comes in, it neither throws nor rejects.
 *
 * Two messages that differ only in their id get replies that differ only in their id. So replies are kept by the rest of
 * the message when it comes again, as long as the zone is the same: from then on a query costs one look-up.
 */
export class Responder {
  #zone: Zone | undefined;
  readonly #cache: Record<Transport, ReplyCache> = {
    udp: new ReplyCache(cacheGenerationBytes),
    tcp: new ReplyCache(cacheGenerationBytes),
  };

  readonly #repeats = new Repeats();

  constructor(private readonly options: ResponderOptions) {}

  respond(message: Buffer, asker: Asker): Buffer | undefined | Promise<Buffer | undefined> {
    try {
      const reply = this.#fromCache(message, asker) ?? this.#decide(message, asker);
      if (reply instanceof Promise) return reply.then((later) => this.#count(later));
      return this.#count(reply);
    } catch (error) {
      this.options.log.error({ err: error, query: message.toString('base64') }, 'could not answer a query');
      return this.#count(undefined);
    }
  }

  #fromCache(message: Buffer, { transport }: Asker): Buffer | undefined {
    const zone = this.options.zone();
    if (zone !== this.#zone) {
      this.#zone = zone;
      this.#cache.udp.clear();
      this.#cache.tcp.clear();
    }
    const kept = this.#cache[transport].get(cacheKey(message));
    if (kept === undefined) return undefined;
    this.options.traffic.cached++;
    const reply = Buffer.allocUnsafe(kept.length);
    message.copy(reply, 0, 0, idBytes);
    kept.copy(reply, idBytes, idBytes);
    return reply;
  }

  #decide(message: Buffer, asker: Asker): Buffer | undefined | Promise<Buffer | undefined> {
    const query = readQuery(message);
    if (query === undefined) return undefined;
    const decision = decide(query, this.options.zone(), this.options.forward ? 'forward' : 'refuse');
    switch (decision.kind) {
      case 'drop':
        return undefined;
      case 'forward':
        return this.#forward(query, asker);
      case 'reply': {
        const encoded = this.#encode(query, decision.reply, asker);
        if (decision.reply.authoritative) this.#keep(message, asker.transport, encoded);
        return encoded;
      }
    }
  }

  #encode(query: ReceivedQuery, reply: Reply, { transport }: Asker): Buffer {
    const limit = answerLimit(transport, query.edns);
    return encodeReply(query, reply, { limit, recursionAvailable: this.options.forward !== undefined });
  }

  async #forward(query: ReceivedQuery, asker: Asker): Promise<Buffer | undefined> {
    const limit = answerLimit(asker.transport, query.edns);
    try {
      const reply = await this.options.forward?.(query, asker, limit);
      if (reply) return reply;
    } catch (error) {
      this.options.log.error({ err: error }, 'could not forward a query');
    }
    return this.#encode(query, errorReply(rcodes.SERVFAIL), asker);
  }

  #keep(message: Buffer, transport: Transport, reply: Buffer): void {
    if (message.length > maxCachedBytes || !this.#repeats.has(message)) return;
    this.#cache[transport].set(cacheKey(message), reply);
  }

  #count(reply: Buffer | undefined): Buffer | undefined {
    if (reply) this.options.traffic.countAnswer(reply);
    else this.options.traffic.dropped++;
    return reply;
  }
}

/** All of a message but its id. */
function cacheKey(message: Buffer): string {
  return message.toString('latin1', idBytes);
}
