/** Messages for tests, written octet by octet: independent of the codec that is tested with them. */

export interface MessageOptions {
  readonly id?: number;
  /** The second 16 bits of the header; a plain query that asks for recursion unless given. */
  readonly flags?: number;
  readonly type?: number;
  readonly class?: number;
  readonly edns?: { readonly version?: number; readonly size?: number; readonly dnssecOk?: boolean };
}

export const flags = { response: 0x8000, truncated: 0x0200, recursionDesired: 0x0100, checkingDisabled: 0x0010 };

/** A query for a name without escapes: labels are what stands between the dots. */
export function queryMessage(name: string, options: MessageOptions = {}): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(options.id ?? 4711, 0);
  header.writeUInt16BE(options.flags ?? flags.recursionDesired, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(options.edns ? 1 : 0, 10);
  return Buffer.concat([header, nameBytes(name), uint16s(options.type ?? 1, options.class ?? 1), optBytes(options)]);
}

export function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  const parts = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** An OPT record: the root, type 41, the payload size as class, version and flags as TTL, no options. */
export function optBytes({ edns }: MessageOptions): Buffer {
  if (edns === undefined) return Buffer.alloc(0);
  const flagBits = edns.dnssecOk ? 0x8000 : 0;
  return Buffer.concat([Buffer.from([0]), uint16s(41, edns.size ?? 1232, edns.version ?? 0, flagBits, 0)]);
}

export function uint16s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
}

/** An answer to a query: its id and question, and `address` as often as `count` says. */
export function answerMessage(
  query: Buffer,
  options: { address?: string; count?: number; flags?: number } = {},
): Buffer {
  const questionEnd = query.indexOf(0, 12) + 5;
  const head = Buffer.from(query.subarray(0, questionEnd));
  const count = options.count ?? 1;
  head.writeUInt16BE(options.flags ?? flags.response, 2);
  head.writeUInt16BE(count, 6);
  head.writeUInt16BE(0, 10);
  const octets = (options.address ?? '192.0.2.1').split('.').map(Number);
  const record = Buffer.concat([uint16s(0xc00c, 1, 1, 0, 60, 4), Buffer.from(octets)]);
  return Buffer.concat([head, ...Array.from({ length: count }, () => record)]);
}
