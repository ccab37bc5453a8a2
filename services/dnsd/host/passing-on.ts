import { foreignTypes } from '../domain/answered-addresses.js';
import { maxUdpBytes } from '../domain/query.js';
import { headerBytes, type ReceivedQuery } from './codec.js';
import { countAt, readMessage, type WireMessage, type WireRecord } from './wire.js';

/**
 * A guest's query as another server gets it, and that server's reply as the guest gets it. EDNS is spoken from one hop to
 * the next (RFC 6891 section 6.2.6): options of the guest, such as cookies, go nowhere, and those of the server come to
 * nobody, so that the same reply is right for all who ask the same.
 */

export interface PassedOn {
  /** With an id of 0. */
  readonly message: Buffer;
  /** The same for all queries with the same answer: all of the message but the id, with the name in lower case. */
  readonly key: string;
}

/** What a name server needs to know of the wishes of a client: recursion, authentic data, no checks. */
const flagsPassedOn = 0x0130;
const flagTruncated = 0x0200;
/** We are not the authority for what we pass on. */
const flagAuthoritative = 0x0400;
const dnssecOk = 0x8000;
const questionTailBytes = 4;
const optBytes = 11;

/** `query` has a question. */
export function passOn(query: ReceivedQuery): PassedOn {
  const question = query.message.subarray(headerBytes, query.questionEnd);
  const head = Buffer.alloc(headerBytes);
  head.writeUInt16BE(query.message.readUInt16BE(2) & flagsPassedOn, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(query.edns ? 1 : 0, countAt.additional);
  const message = Buffer.concat([head, question, optOf(query)]);
  const lower = Buffer.from(message.subarray(2));
  const nameEnd = query.questionEnd - questionTailBytes - 2;
  for (let at = headerBytes - 2; at < nameEnd; at++) {
    const octet = lower[at] ?? 0;
    // Lengths of labels are below 64, and so below every letter.
    if (octet >= 0x41 && octet <= 0x5a) lower[at] = octet + 0x20;
  }
  return { message, key: lower.toString('latin1') };
}

function optOf({ edns }: ReceivedQuery): Buffer {
  if (edns === undefined) return Buffer.alloc(0);
  const opt = Buffer.alloc(optBytes);
  opt.writeUInt16BE(foreignTypes.OPT, 1);
  opt.writeUInt16BE(maxUdpBytes, 3);
  opt.writeUInt16BE(edns.dnssecOk ? dnssecOk : 0, 7);
  return opt;
}

/**
 * A reply without its OPT, which says what holds between that server and us, and without what follows it (only signatures
 * of the whole message do). Undefined when it cannot be read, or means an error that only EDNS has a code for.
 */
export function readReply(bytes: Buffer): WireMessage | undefined {
  const message = readMessage(bytes);
  const opt = message?.records.find(({ section, type }) => section === 'additional' && type === foreignTypes.OPT);
  if (message === undefined || opt === undefined) return message;
  const hasExtendedCode = bytes.readUInt8(opt.ttlAt) !== 0;
  if (hasExtendedCode) return undefined;
  const records = message.records.slice(0, message.records.indexOf(opt));
  const kept = Buffer.from(bytes.subarray(0, opt.at));
  writeCounts(kept, records);
  return { ...message, bytes: kept, records };
}

export interface Recipient {
  readonly query: ReceivedQuery;
  /** The most that it can take, in bytes. */
  readonly limit: number;
  /** How long the reply has been kept, in whole seconds. */
  readonly ageSeconds: number;
}

/**
 * A reply for one asker: its id, its spelling of the name, the TTLs that are left. What does not fit is left out from the
 * end, record by record; when more than additional records are missing it is marked as truncated (RFC 2181 section 9).
 */
export function replyFor(message: WireMessage, { query, limit, ageSeconds }: Recipient): Buffer {
  const opt = optOf(query);
  const records = message.records.filter(({ end }) => end + opt.length <= limit);
  const left = message.records[records.length];
  const end = records.at(-1)?.end ?? message.questionEnd;
  const reply = Buffer.concat([message.bytes.subarray(0, end), opt]);
  query.message.copy(reply, 0, 0, 2);
  query.message.copy(reply, headerBytes, headerBytes, query.questionEnd);
  const truncated = left && left.section !== 'additional' ? flagTruncated : 0;
  reply.writeUInt16BE((message.flags & ~flagAuthoritative) | truncated, 2);
  writeCounts(reply, records);
  if (query.edns) reply.writeUInt16BE(reply.readUInt16BE(countAt.additional) + 1, countAt.additional);
  for (const { ttl, ttlAt } of records) reply.writeUInt32BE(Math.max(0, ttl - ageSeconds), ttlAt);
  return reply;
}

function writeCounts(bytes: Buffer, records: readonly WireRecord[]): void {
  for (const section of ['answer', 'authority', 'additional'] as const) {
    bytes.writeUInt16BE(records.filter((record) => record.section === section).length, countAt[section]);
  }
}
