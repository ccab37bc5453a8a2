import { nameBytes, uint16s } from './messages.js';

/** Records for tests, written octet by octet. A name as text is written out, one as a number is a jump to that place. */
export type WrittenName = string | number;

export interface WrittenRecord {
  readonly owner: WrittenName;
  readonly type: number;
  readonly class?: number;
  /** In seconds; 60 unless given. */
  readonly ttl?: number;
  readonly data: Buffer;
}

export const name = (written: WrittenName): Buffer =>
  typeof written === 'string' ? nameBytes(written) : uint16s(0xc000 | written);

export function recordBytes({ owner, type, class: classCode = 1, ttl = 60, data }: WrittenRecord): Buffer {
  const fixed = uint16s(type, classCode, ttl >>> 16, ttl & 0xffff, data.length);
  return Buffer.concat([name(owner), fixed, data]);
}

/** A reply to a query (of which only the question is taken) with these records, and `flags` as its second 16 bits. */
export function replyMessage(
  query: Buffer,
  parts: {
    readonly flags?: number;
    readonly answer?: readonly WrittenRecord[];
    readonly authority?: readonly WrittenRecord[];
    readonly additional?: readonly WrittenRecord[];
  },
): Buffer {
  const head = Buffer.from(query.subarray(0, query.indexOf(0, 12) + 5));
  const { flags = 0x8000, answer = [], authority = [], additional = [] } = parts;
  uint16s(flags, 1, answer.length, authority.length, additional.length).copy(head, 2);
  return Buffer.concat([head, ...[...answer, ...authority, ...additional].map(recordBytes)]);
}
