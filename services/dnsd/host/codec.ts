import { type Header, Packet, type Resource, type Writer } from 'dns2';
import type { Reply } from '../domain/answer.js';
import type { Edns, Query, Question } from '../domain/query.js';
import { maxUdpBytes } from '../domain/query.js';
import {
  negativeTtlSeconds,
  type RecordData,
  type SoaData,
  soaMailbox,
  soaTimers,
  ttlSeconds,
  typeCodes,
} from '../domain/records.js';

/**
 * Messages to queries, replies to messages. dns2's Packet does the coding; what it would let through or take apart
 * wrongly is caught here:
 *
 * - It follows compression pointers in every record, so a message of 64 KiB can keep it busy for seconds. A query has at
 *   most one question and two additional records, and ours at most 4 KiB; others are not decoded at all.
 * - It drops records that it cannot decode and goes on: any such error makes the query malformed.
 * - It joins labels with dots, so a label that holds a dot is lost. The question is read here, and goes back in the
 *   reply octet for octet, which also keeps the case of its letters (draft-vixie-dnsext-dns0x20).
 */

export const headerBytes = 12;
/** The longest query that is read. A name has 255 octets; options that clients send have some tens. */
export const maxQueryBytes = 4096;
const maxNameBytes = 255;
const maxLabelBytes = 63;
/** A question is a name, a type and a class. */
const questionTailBytes = 4;
const classInternet = 1;
/** OPT, and a signature (TSIG or SIG(0)), which we do not check. */
const maxAdditionals = 2;

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
  const head = { message, isResponse: (flags & 0x8000) !== 0, opcode: (flags >>> 11) & 15 };
  const question = readQuestion(message);
  const additional = question && readAdditional(message);
  const questionEnd = question?.end ?? headerBytes;
  if (additional === undefined) return { ...head, questionEnd, question, malformed: true };
  return { ...head, questionEnd, question, edns: additional.edns, malformed: false };
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

/** What stands after the question. Undefined when anything about it is wrong. */
function readAdditional(message: Buffer): { edns?: Edns } | undefined {
  const [answers, authorities, additionals] = [6, 8, 10].map((at) => message.readUInt16BE(at));
  if (message.length > maxQueryBytes || answers || authorities) return undefined;
  if (additionals === 0) return {};
  if (additionals === undefined || additionals > maxAdditionals) return undefined;
  return readEdns(Packet.parse(message));
}

function readEdns(packet: Packet): { edns?: Edns } | undefined {
  if (packet.errors.length > 0) return undefined;
  const options = packet.additionals.filter((record) => record.type === Packet.TYPE.EDNS);
  const [opt] = options;
  if (opt === undefined) return {};
  // RFC 6891 section 6.1.1: one OPT, and its owner is the root.
  if (options.length > 1 || opt.name !== '') return undefined;
  return { edns: { version: opt.version ?? 0, payloadSize: opt.class, dnssecOk: opt.doFlag ?? false } };
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
export function encodeTruncated(query: ReceivedQuery, reply: Reply, options: ReplyOptions): Buffer {
  return encode(query, { ...reply, answers: [], denial: undefined }, options, true);
}

/** dns2 keeps the places of names for compression here, as text; its types leave that out. */
type CompressingWriter = Writer & { names: Map<string, number> };
/** A name that no record has, to point from every answer to the question. */
const questionName = '@';

function encode(query: ReceivedQuery, reply: Reply, options: ReplyOptions, truncated: boolean): Buffer {
  const writer = new Packet.Writer() as CompressingWriter;
  writeHeader(writer, query, reply, options, truncated);
  for (const octet of query.message.subarray(headerBytes, query.questionEnd)) writer.write(octet, 8);
  writer.names = new Map([[questionName, headerBytes]]);
  for (const answer of reply.answers) {
    Packet.Resource.encode(resource(questionName, ttlSeconds, answer), writer);
  }
  if (reply.denial) Packet.Resource.encode(resource(reply.denial.zone, negativeTtlSeconds, reply.denial), writer);
  if (query.edns) Packet.Resource.encode(optResource(query.edns, reply.rcode), writer);
  return writer.toBuffer();
}

function writeHeader(
  writer: Writer,
  query: ReceivedQuery,
  reply: Reply,
  options: ReplyOptions,
  truncated: boolean,
): void {
  const flags = query.message.readUInt16BE(2);
  // dns2's types leave out CD, which a reply repeats: RFC 4035 section 3.2.2.
  const header: Partial<Header> & { cd: number } = {
    id: query.message.readUInt16BE(0),
    qr: 1,
    opcode: query.opcode,
    aa: reply.authoritative ? 1 : 0,
    tc: truncated ? 1 : 0,
    rd: flags & 0x0100 ? 1 : 0,
    ra: options.recursionAvailable ? 1 : 0,
    cd: flags & 0x0010 ? 1 : 0,
    rcode: reply.rcode & 15,
    qdcount: query.questionEnd > headerBytes ? 1 : 0,
    ancount: reply.answers.length,
    nscount: reply.denial ? 1 : 0,
    arcount: query.edns ? 1 : 0,
  };
  new Packet.Header(header).toBuffer(writer);
}

function resource(name: string, ttl: number, data: RecordData): Resource {
  const record = new Packet.Resource({ name, ttl, type: typeCodes[data.type], class: classInternet });
  return Object.assign(record, fieldsOf(data));
}

/** A record's data under the names that dns2 has for it. */
function fieldsOf(data: RecordData): Partial<Resource> {
  switch (data.type) {
    case 'A':
      return { address: data.address };
    case 'PTR':
      return { domain: data.host };
    case 'NS':
      return { ns: data.host };
    case 'SOA':
      return soaFields(data);
  }
}

function soaFields({ zone, serial }: SoaData): Partial<Resource> {
  const { refresh, retry, expire } = soaTimers;
  return { primary: zone, admin: soaMailbox, serial, refresh, retry, expiration: expire, minimum: negativeTtlSeconds };
}

function optResource(edns: Edns, rcode: number): Resource {
  return Packet.Resource.EDNS([], {
    version: 0,
    udpPayloadSize: maxUdpBytes,
    doFlag: edns.dnssecOk,
    extendedRcode: rcode >>> 4,
  });
}
