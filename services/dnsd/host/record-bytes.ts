import { Packet, type Resource } from 'dns2';
import { octets, parseIpv4 } from '../../../lib/ip/ipv4.js';
import { parseIpv6 } from '../domain/ipv6.js';
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
 * Records as octets. dns2 encodes all but addresses, which takes about 20 µs, so it does so once for each: the zone gives
 * the same objects until they change. What is made of one is kept on it, and goes with it; a WeakMap of 100,000 would take longer
 * at every garbage collection than the encoding.
 */
const madeBytes = Symbol('octets of an answer');
const madeDenial = Symbol('octets of a denial');
interface Carrier {
  [madeBytes]?: Buffer;
  /** An SOA can be both, an answer and a denial. */
  [madeDenial]?: Buffer;
}

const classInternet = 1;
/** A compression pointer to offset 12, where the question's name begins: RFC 1035 section 4.1.4. */
const questionPointer = Buffer.from([0xc0, 0x0c]);
/** Pointer, type, class, TTL and length. */
const headBytes = 12;

/** A record of the name that was asked for. */
export function answerBytes(data: RecordData): Buffer {
  const carrier = data as RecordData & Carrier;
  carrier[madeBytes] ??= encodeAnswer(data);
  return carrier[madeBytes];
}

/** Addresses are by far the most, and no more than a head and their octets: RFC 1035 section 3.4.1, RFC 3596 section 2.2. */
function encodeAnswer(data: RecordData): Buffer {
  if (data.type === 'A') return encodeAddress(typeCodes.A, Buffer.from(octets(parseIpv4(data.address) ?? 0)));
  if (data.type === 'AAAA') return encodeAddress(typeCodes.AAAA, Buffer.from(parseIpv6(data.address) ?? '', 'hex'));
  return withQuestionPointer(encode(resource('', ttlSeconds, data)));
}

function encodeAddress(type: number, address: Buffer): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  questionPointer.copy(head);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(classInternet, 4);
  head.writeUInt32BE(ttlSeconds, 6);
  head.writeUInt16BE(address.length, 10);
  return Buffer.concat([head, address]);
}

/** The SOA of a zone, to say that something is not in it. */
export function denialBytes(soa: SoaData): Buffer {
  const carrier = soa as SoaData & Carrier;
  carrier[madeDenial] ??= encode(resource(soa.zone, negativeTtlSeconds, soa));
  return carrier[madeDenial];
}

/** Ours: no options, version 0, and the upper eight bits of the response code. RFC 6891 section 6.1.3. */
export function optBytes(dnssecOk: boolean, rcode: number): Buffer {
  const bytes = Buffer.alloc(11);
  bytes.writeUInt16BE(Packet.TYPE.EDNS, 1);
  bytes.writeUInt16BE(maxUdpBytes, 3);
  bytes.writeUInt8(rcode >>> 4, 5);
  bytes.writeUInt16BE(dnssecOk ? 0x8000 : 0, 7);
  return bytes;
}

/** The root as owner is a single octet, which the pointer replaces. */
function withQuestionPointer(bytes: Buffer): Buffer {
  return Buffer.concat([questionPointer, bytes.subarray(1)]);
}

function encode(record: Resource): Buffer {
  const writer = new Packet.Writer();
  Packet.Resource.encode(record, writer);
  return writer.toBuffer();
}

/** Records that hold a name. */
type NameData = Exclude<RecordData, { readonly type: 'A' | 'AAAA' }>;

function resource(name: string, ttl: number, data: NameData): Resource {
  const record = new Packet.Resource({ name, ttl, type: typeCodes[data.type], class: classInternet });
  return Object.assign(record, fieldsOf(data));
}

/** A record's data under the names that dns2 has for it. */
function fieldsOf(data: NameData): Partial<Resource> {
  switch (data.type) {
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
