import { isIP } from 'node:net';
import type { QueryCounts } from '../app/ports.js';
import { rcodes } from '../domain/answer.js';
import type { Transport } from '../domain/query.js';

/** An address and a port, of ours or of another name server. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Who asks, and how. */
export interface Asker {
  readonly address: string;
  readonly transport: Transport;
}

/** Gives the reply to a message, now or later; undefined when there is none. Never throws, never rejects. */
export type Respond = (message: Buffer, asker: Asker) => Buffer | undefined | Promise<Buffer | undefined>;

const rcodeMask = 0x0f;

/** What the fronts count. */
export class Traffic implements QueryCounts {
  answered = 0;
  dropped = 0;
  limited = 0;
  cached = 0;
  /** By the four bits of the header: RFC 1035, section 4.1.1. */
  readonly #byRcode = new Uint32Array(rcodeMask + 1);

  countAnswer(reply: Buffer): void {
    this.answered++;
    const rcode = (reply[3] ?? 0) & rcodeMask;
    this.#byRcode[rcode] = (this.#byRcode[rcode] ?? 0) + 1;
  }

  answers(): Readonly<Record<string, number>> {
    const named = Object.entries(rcodes).filter(([, rcode]) => rcode <= rcodeMask);
    const counts = named.map(([name, rcode]) => [name.toLowerCase(), this.#byRcode[rcode] ?? 0] as const);
    const known = counts.reduce((sum, [, count]) => sum + count, 0);
    return { ...Object.fromEntries(counts), other: this.#byRcode.reduce((sum, count) => sum + count, 0) - known };
  }
}

const dnsPort = 53;

/** Reads "192.0.2.53", "192.0.2.53:5353", "2001:db8::53" or "[2001:db8::53]:5353"; undefined for anything else. */
export function parseEndpoint(text: string): Endpoint | undefined {
  if (isIP(withoutZone(text)) !== 0) return { address: text, port: dnsPort };
  const parts = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
  const address = parts?.six ?? parts?.four ?? '';
  const port = Number(parts?.port);
  const family = parts?.six === undefined ? 4 : 6;
  if (isIP(withoutZone(address)) !== family || !(port >= 1 && port <= 65_535)) return undefined;
  return { address, port };
}

/** A link-local address may name its interface: fe80::1%eth0. */
function withoutZone(address: string): string {
  return address.split('%')[0] ?? '';
}

/** What `parseEndpoint` reads, port and all. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
