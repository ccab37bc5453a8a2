import type { Reply } from '../domain/answer.js';
import type { Edns, Query, Question } from '../domain/query.js';
import { questionTypes } from '../domain/records.js';
import { answerBytes, denialBytes, optBytes } from './record-bytes.js';

/**
 * Messages to queries, replies to messages. dns2 encodes records (`record-bytes.ts`); queries are read here, for what
 * guests send is not to be trusted, and dns2's reading does not do:
 *
 * - It follows compression pointers in every record, so a message of 64 KiB can keep it busy for seconds. Here none is
 *   followed: a message is walked through once.
 * - It joins labels with dots, so a label that holds a dot is lost. The question goes back in the reply octet for octet,
 *   which also keeps the case of its letters (draft-vixie-dnsext-dns0x20).
 * - It looks into options of EDNS, and fails at those that it finds wrong; who does not know an option ignores it
 *   (RFC 6891 section 6.1.2). It clamps the TTL of an OPT, which is no time there, and so misreads its version.
 */

export const headerBytes = 12;
/** The longest query that is read. A name has 255 octets; options that clients send have some tens. */
export const maxQueryBytes = 4096;
const maxNameBytes = 255;
const maxLabelBytes = 63;
/** A question is a name, a type and a class; a record has TTL and length besides. */
const questionTailBytes = 4;
const recordTailBytes = 10;
const optionHeadBytes = 4;
const typeOpt = 41;
const flagTruncated = 0x0200;

/** A query with what its reply repeats. */
export interface ReceivedQuery extends Query {
  readonly message: Buffer;
  /** Where the question ends, or the header when there is none. */
  readonly questionEnd: number;
}

/** Reads a message of any content. Undefined when it is too short to have a header; never throws. */
export function readQuery(message: Buffer): ReceivedQuery | undefined {
  if (message.length < headerBytes) return undefined;
  const flags = message.readUInt16BE(2);
  const question = readQuestion(message);
  const { edns, malformed } = readRecords(message, question);
  return {
    message,
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >>> 11) & 15,
    question,
    questionEnd: question?.end ?? headerBytes,
    edns,
    malformed: malformed || question === undefined,
  };
}

/** The one question, at the start of the message. Undefined when it is not there, or uses compression. */
export function readQuestion(message: Buffer): (Question & { readonly end: number }) | undefined {
  if (message.length < headerBytes || message.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = headerBytes;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > maxLabelBytes) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(message.toString('latin1', at, at + length));
    at += length;
    // Leaves room for the final root label.
    if (at - headerBytes >= maxNameBytes) return undefined;
  }
  const end = at + questionTailBytes;
  if (end > message.length) return undefined;
  return { labels, type: message.readUInt16BE(at), class: message.readUInt16BE(at + 2), end };
}

interface Records {
  /** Also when something else is malformed: who speaks EDNS is answered with EDNS. */
  readonly edns?: Edns;
  readonly malformed: boolean;
}

/** What stands after the question. */
function readRecords(message: Buffer, question: Question | undefined): Records {
  if (message.length > maxQueryBytes) return { malformed: true };
  const [questions = 0, answers = 0, authorities = 0, additionals = 0] = [4, 6, 8, 10].map((at) =>
    message.readUInt16BE(at),
  );
  // RFC 1995 section 3: who asks for changes of a zone says which version it has, as an authority.
  const expected = question?.type === questionTypes.IXFR ? 1 : 0;
  let at: number | undefined = headerBytes;
  for (let i = 0; i < questions && at !== undefined; i++) at = skip(message, at, questionTailBytes);
  for (let i = 0; i < answers + authorities && at !== undefined; i++) at = readRecord(message, at)?.end;
  const opts: Opt[] = [];
  for (let i = 0; i < additionals && at !== undefined; i++) {
    const record = readRecord(message, at);
    if (record?.opt) opts.push(record.opt);
    at = record?.end;
  }
  const whole = at === message.length && answers === 0 && authorities <= expected;
  // RFC 6891 section 6.1.1: one OPT, and its owner is the root.
  return { edns: opts[0], malformed: !whole || opts.length > 1 || opts.some((opt) => opt.malformed) };
}

type Opt = Edns & { readonly malformed: boolean };

/** Undefined when the record is not all there. */
function readRecord(message: Buffer, start: number): { readonly end: number; readonly opt?: Opt } | undefined {
  const data = skip(message, start, recordTailBytes);
  if (data === undefined) return undefined;
  const end = data + message.readUInt16BE(data - 2);
  if (end > message.length) return undefined;
  const tail = data - recordTailBytes;
  if (message.readUInt16BE(tail) !== typeOpt) return { end };
  const opt = {
    payloadSize: message.readUInt16BE(tail + 2),
    version: message.readUInt8(tail + 5),
    dnssecOk: (message.readUInt8(tail + 6) & 0x80) !== 0,
    malformed: message[start] !== 0 || !holdsOptions(message, data, end),
  };
  return { end, opt };
}

/** Whether options fill the room from `at` to `end`; what is in them is not looked at. */
function holdsOptions(message: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at + optionHeadBytes <= end) at += optionHeadBytes + message.readUInt16BE(at + 2);
  return at === end;
}

/** Where a name and `tail` octets after it end; undefined when they are not all there. */
function skip(message: Buffer, start: number, tail: number): number | undefined {
  let at = start;
  for (;;) {
    const length = message[at];
    if (length === undefined || (length > maxLabelBytes && length < 0xc0)) return undefined;
    // A pointer ends a name.
    at += length >= 0xc0 ? 2 : 1 + length;
    if (length === 0 || length >= 0xc0) break;
    if (at - start >= maxNameBytes) return undefined;
  }
  return at + tail > message.length ? undefined : at + tail;
}

export interface ReplyOptions {
  /** The most that the asker can take, in bytes. A longer reply is sent without its records, marked as truncated. */
  readonly limit: number;
  /** Whether we forward what we do not know. */
  readonly recursionAvailable: boolean;
}

export function encodeReply(query: ReceivedQuery, reply: Reply, options: ReplyOptions): Buffer {
  const whole = encode(query, reply, options, false);
  return whole.length <= options.limit ? whole : encodeTruncated(query, reply, options);
}

/** Header with TC, question and OPT: the asker comes again over TCP. */
function encodeTruncated(query: ReceivedQuery, reply: Reply, options: ReplyOptions): Buffer {
  return encode(query, { ...reply, answers: [], denial: undefined }, options, true);
}

function encode(query: ReceivedQuery, reply: Reply, options: ReplyOptions, truncated: boolean): Buffer {
  const parts = [query.message.subarray(0, query.questionEnd), ...reply.answers.map(answerBytes)];
  if (reply.denial) parts.push(denialBytes(reply.denial));
  if (query.edns) parts.push(optBytes(query.edns.dnssecOk, reply.rcode));
  const message = Buffer.concat(parts);
  message.writeUInt16BE(flagsOf(query, reply, options) | (truncated ? flagTruncated : 0), 2);
  message.writeUInt16BE(query.questionEnd > headerBytes ? 1 : 0, 4);
  message.writeUInt16BE(reply.answers.length, 6);
  message.writeUInt16BE(reply.denial ? 1 : 0, 8);
  message.writeUInt16BE(query.edns ? 1 : 0, 10);
  return message;
}

/** QR, and of the query its opcode, RD, and CD, which a reply repeats: RFC 4035 section 3.2.2. */
function flagsOf(query: ReceivedQuery, { authoritative, rcode }: Reply, options: ReplyOptions): number {
  const repeated = query.message.readUInt16BE(2) & 0x7910;
  return 0x8000 | repeated | (authoritative ? 0x0400 : 0) | (options.recursionAvailable ? 0x0080 : 0) | (rcode & 15);
}
