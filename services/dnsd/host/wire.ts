import { readQuestion } from './codec.js';

/**
 * The records of another server's reply, found without taking the message apart: it is passed on as it came. What is
 * read is never trusted: names are bounded in octets and in jumps, and a jump only goes back, so that none goes in circles.
 */

export type Section = 'answer' | 'authority' | 'additional';

/** A record, by where its parts are in the message. */
export interface WireRecord {
  readonly section: Section;
  /** Where it begins: with its owner. */
  readonly at: number;
  readonly type: number;
  readonly class: number;
  /** As sent; see `ttlAt`. */
  readonly ttl: number;
  readonly ttlAt: number;
  readonly dataAt: number;
  readonly end: number;
}

export interface WireMessage {
  readonly bytes: Buffer;
  readonly flags: number;
  /** Where the question ends. */
  readonly questionEnd: number;
  readonly records: readonly WireRecord[];
}

/** Where the counts of the sections stand in the header: RFC 1035 section 4.1.1. */
export const countAt: Readonly<Record<Section, number>> = { answer: 6, authority: 8, additional: 10 };
const sections: readonly Section[] = ['answer', 'authority', 'additional'];
/** Type, class, TTL and length of the data. */
const fixedBytes = 10;
const maxNameBytes = 255;
/** A name has at most 127 labels, and a jump before each of them is the most that helps. */
const maxJumps = 127;

/** Finds the records of a reply with one question. Undefined when it does not hold what its header says. */
export function readMessage(bytes: Buffer): WireMessage | undefined {
  const question = readQuestion(bytes);
  if (question === undefined) return undefined;
  const records: WireRecord[] = [];
  let at = question.end;
  for (const section of sections) {
    for (let left = bytes.readUInt16BE(countAt[section]); left > 0; left--) {
      const record = readRecord(bytes, at, section);
      if (record === undefined) return undefined;
      records.push(record);
      at = record.end;
    }
  }
  return { bytes, flags: bytes.readUInt16BE(2), questionEnd: question.end, records };
}

function readRecord(bytes: Buffer, at: number, section: Section): WireRecord | undefined {
  const fixedAt = skipName(bytes, at);
  if (fixedAt === undefined || fixedAt + fixedBytes > bytes.length) return undefined;
  const dataAt = fixedAt + fixedBytes;
  const end = dataAt + bytes.readUInt16BE(fixedAt + 8);
  if (end > bytes.length) return undefined;
  const [type, classCode, ttl] = [
    bytes.readUInt16BE(fixedAt),
    bytes.readUInt16BE(fixedAt + 2),
    readTtl(bytes, fixedAt + 4),
  ];
  return { section, at, type, class: classCode, ttl, ttlAt: fixedAt + 4, dataAt, end };
}

/** In seconds. With its first bit set it means 0: RFC 2181 section 8. */
function readTtl(bytes: Buffer, at: number): number {
  const ttl = bytes.readUInt32BE(at);
  return ttl > 0x7fff_ffff ? 0 : ttl;
}

/** Where the name at `at` ends; undefined when it does not within the message. */
export function skipName(bytes: Buffer, at: number): number | undefined {
  for (let next = at; next < bytes.length; ) {
    const length = bytes[next] ?? 0;
    if (length === 0) return next + 1;
    if (isJump(length)) return next + 2 <= bytes.length ? next + 2 : undefined;
    if (length > 63) return undefined;
    next += 1 + length;
  }
  return undefined;
}

/** The labels of the name at `at`, one character per octet; undefined when it is none. */
export function readLabels(bytes: Buffer, at: number): string[] | undefined {
  const labels: string[] = [];
  let size = 1;
  for (let next = at, jumps = 0; ; ) {
    const length = bytes[next];
    if (length === undefined) return undefined;
    if (length === 0) return labels;
    if (isJump(length)) {
      const target = jumpTarget(bytes, next);
      if (target === undefined || target >= next || ++jumps > maxJumps) return undefined;
      next = target;
      continue;
    }
    size += 1 + length;
    if (length > 63 || size > maxNameBytes || next + 1 + length > bytes.length) return undefined;
    labels.push(bytes.toString('latin1', next + 1, next + 1 + length));
    next += 1 + length;
  }
}

/** RFC 1035 section 4.1.4: two bits set, then the offset. */
function isJump(length: number): boolean {
  return length >= 0xc0;
}

function jumpTarget(bytes: Buffer, at: number): number | undefined {
  return at + 2 <= bytes.length ? bytes.readUInt16BE(at) & 0x3fff : undefined;
}
