import { isIP } from 'node:net';
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

/** What the fronts count. */
export class Traffic {
  answered = 0;
  dropped = 0;
  limited = 0;
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
