import type { Log } from '../../../lib/log.js';
import { rcodes } from '../domain/answer.js';
import type { Transport } from '../domain/query.js';
import type { Endpoint } from './endpoint.js';
import { readReply } from './passing-on.js';
import { exchangeTcp, exchangeUdp } from './upstream.js';
import type { WireMessage } from './wire.js';
import { within } from './within.js';

export interface ForwarderOptions {
  /** How long one name server may take. */
  readonly attemptMs: number;
  readonly log: Log;
}

/** Each name server is asked this often: a datagram may be lost. */
const rounds = 2;
const flagTruncated = 0x0200;

/** Sends queries to name servers, one after the other until one helps. */
export class Forwarder {
  /** Who helped last is asked first, so that a dead server costs its timeout once. */
  #preferred: string | undefined;

  constructor(private readonly options: ForwarderOptions) {}

  /**
   * The reply of the first of `servers` that helps; else the last that refused. Undefined when none says anything. A reply that
   * does not fit into a datagram is fetched whole; it stays truncated when that fails.
   */
  async ask(
    servers: readonly Endpoint[],
    query: Buffer,
    transport: Transport,
    signal: AbortSignal,
  ): Promise<WireMessage | undefined> {
    let lastResort: WireMessage | undefined;
    for (const server of this.#plan(servers)) {
      if (signal.aborted) break;
      const reply = await this.#attempt(server, query, transport, signal);
      if (reply === undefined) continue;
      if (!isRefusal(reply)) {
        this.#preferred = keyOf(server);
        return reply;
      }
      lastResort = reply;
    }
    return lastResort;
  }

  /** All servers in turn, then all again. */
  #plan(all: readonly Endpoint[]): Endpoint[] {
    const preferred = all.filter((server) => keyOf(server) === this.#preferred);
    const once = [...preferred, ...all.filter((server) => !preferred.includes(server))];
    return Array.from({ length: rounds }, () => once).flat();
  }

  async #attempt(server: Endpoint, query: Buffer, transport: Transport, signal: AbortSignal) {
    try {
      const exchange = (attempt: AbortSignal) => exchangeWhole(server, query, transport, attempt);
      const reply = readReply(await within(this.options.attemptMs, signal, exchange));
      if (reply === undefined) this.options.log.debug(server, 'a name server sent what cannot be read');
      return reply;
    } catch (error) {
      this.options.log.debug({ err: error, ...server }, 'a name server did not answer');
      return undefined;
    }
  }
}

async function exchangeWhole(server: Endpoint, query: Buffer, transport: Transport, signal: AbortSignal) {
  if (transport === 'tcp') return exchangeTcp(server, query, signal);
  const reply = await exchangeUdp(server, query, signal);
  return isTruncated(reply) ? exchangeTcp(server, query, signal).catch(() => reply) : reply;
}

/** The server answers, but not this: another may. */
function isRefusal({ flags }: WireMessage): boolean {
  const rcode = flags & 15;
  return rcode === rcodes.SERVFAIL || rcode === rcodes.NOTIMP || rcode === rcodes.REFUSED;
}

function isTruncated(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & flagTruncated) !== 0;
}

function keyOf({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}
