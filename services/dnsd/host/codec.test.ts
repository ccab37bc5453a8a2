import { SocketAddress } from 'node:net';
import { expect, test } from '@jest/globals';
import { Packet } from 'dns2';
import fc from 'fast-check';
import { errorReply, type Reply, rcodes } from '../domain/answer.js';
import { flags, nameBytes, optBytes, queryMessage, uint16s } from '../testing/messages.js';
import { encodeReply, type ReceivedQuery, readQuery } from './codec.js';

function read(message: Buffer): ReceivedQuery {
  const query = readQuery(message);
  if (query === undefined) throw new Error('the message is too short');
  return query;
}

const answer: Reply = { rcode: 0, authoritative: true, answers: [{ type: 'A', address: '10.77.0.10' }] };
const options = { limit: 1232, recursionAvailable: false };

test('a query is read with its EDNS', () => {
  const query = read(queryMessage('Api.web.vm', { type: 28, edns: { size: 4096, version: 1, dnssecOk: true } }));
  expect(query).toMatchObject({
    isResponse: false,
    opcode: 0,
    malformed: false,
    question: { labels: ['Api', 'web', 'vm'], type: 28, class: 1 },
    edns: { payloadSize: 4096, version: 1, dnssecOk: true },
  });
});

const plain = queryMessage('web.vm');
const withCounts = (...counts: [at: number, value: number][]) => {
  const message = Buffer.from(plain);
  for (const [at, value] of counts) message.writeUInt16BE(value, at);
  return message;
};
const opt = optBytes({ edns: {} });
/** An address of the root, counted in the section whose count stands at `at`. */
const withRecord = (at: number) =>
  Buffer.concat([withCounts([at, 1]), Buffer.from([0]), uint16s(1, 1, 0, 5, 4), Buffer.from([192, 0, 2, 1])]);
/** An OPT with its options as they are given. */
const withOptions = (options: Buffer) =>
  Buffer.concat([withCounts([10, 1]), opt.subarray(0, 9), uint16s(options.length), options]);
const malformed: Record<string, Buffer> = {
  'no question': withCounts([4, 0]),
  'two questions': withCounts([4, 2]),
  'an answer': withRecord(6),
  'an authority': withRecord(8),
  'an OPT among the authorities': Buffer.concat([withCounts([8, 1]), opt]),
  'an additional record that is not there': withCounts([10, 1]),
  'an additional record that is cut off': withRecord(10).subarray(0, -1),
  'octets after its last record': Buffer.concat([plain, Buffer.from([0])]),
  'all counts at their most': Buffer.concat([plain.subarray(0, 4), Buffer.alloc(8, 0xff)]),
  'a question that is cut off': plain.subarray(0, plain.length - 1),
  'a name that is cut off': plain.subarray(0, 15),
  'a compressed question': Buffer.concat([plain.subarray(0, 12), uint16s(0xc00c, 1, 1)]),
  'a reserved label type': Buffer.concat([plain.subarray(0, 12), Buffer.from([0x41, 0]), uint16s(1, 1)]),
  'a name of 256 octets': queryMessage(Array.from({ length: 4 }, () => 'x'.repeat(63)).join('.')),
  'two OPT records': Buffer.concat([withCounts([10, 2]), opt, opt]),
  'an OPT with an owner': Buffer.concat([withCounts([10, 1]), nameBytes('vm'), opt.subarray(1)]),
  'an OPT with half an option': withOptions(uint16s(10)),
  'an OPT with an option that is longer than it': withOptions(uint16s(10, 1)),
  'more than a query ever needs': Buffer.concat([plain, Buffer.alloc(4096)]),
};

test.each(Object.entries(malformed))('a query with %s is malformed', (_what, message) => {
  expect(read(message).malformed).toBe(true);
});

test.each(['two OPT records', 'an OPT with an owner', 'an OPT with half an option', 'two questions with EDNS'])(
  'who speaks EDNS is answered with EDNS, even to a query with %s',
  (what) => {
    const [head, question] = [withCounts([4, 2], [10, 1]), plain.subarray(12)];
    const message = malformed[what] ?? Buffer.concat([head, question, opt]);
    const query = read(message);
    expect(query).toMatchObject({ malformed: true, edns: { version: 0 } });
    expect(Packet.parse(encodeReply(query, errorReply(rcodes.FORMERR), options)).header).toMatchObject({ arcount: 1 });
  },
);

const wellFormed: Record<string, Buffer> = {
  'an option that nobody knows': withOptions(Buffer.concat([uint16s(65_001, 3), Buffer.from('abc')])),
  'a cookie of no length that is allowed': withOptions(uint16s(10, 2, 0xffff)),
  'a client subnet that makes no sense': withOptions(uint16s(8, 4, 99, 0xffff)),
  'ten options': withOptions(Buffer.concat(Array.from({ length: 10 }, () => uint16s(12, 2, 0)))),
  'another additional record': withRecord(10),
  'a signature after its OPT': Buffer.concat([withCounts([10, 2]), opt, nameBytes('key'), uint16s(250, 255, 0, 0, 0)]),
  'an additional record of the name asked for': Buffer.concat([withCounts([10, 1]), uint16s(0xc00c, 16, 1, 0, 0, 0)]),
};

test.each(Object.entries(wellFormed))('a query with %s is answered', (_what, message) => {
  expect(read(message)).toMatchObject({ malformed: false, question: { labels: ['web', 'vm'] } });
});

test('a version of changes is asked for with the SOA that the asker has', () => {
  const ixfr = queryMessage('vm', { type: 251 });
  ixfr.writeUInt16BE(1, 8);
  const soa = Buffer.concat([uint16s(0xc00c, 6, 1, 0, 0, 22), Buffer.alloc(22)]);
  expect(read(Buffer.concat([ixfr, soa])).malformed).toBe(false);
});

test('whatever stands where an OPT has a TTL is read as version and flags', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(255), fc.nat(0xffff), fc.nat(0xffff), (extended, version, bits, size) => {
      const ttl = uint16s((extended << 8) | version, bits);
      const message = Buffer.concat([withCounts([10, 1]), Buffer.from([0]), uint16s(41, size), ttl, uint16s(0)]);
      const edns = { version, payloadSize: size, dnssecOk: bits >= 0x8000 };
      expect(read(message)).toMatchObject({ malformed: false, edns });
    }),
  );
});

test('a message without a header is none', () => {
  for (let length = 0; length < 12; length++) expect(readQuery(Buffer.alloc(length))).toBeUndefined();
});

test('the longest legal name is read, and its answer fits into 512 bytes', () => {
  const labels = [...Array.from({ length: 3 }, () => 'x'.repeat(63)), 'y'.repeat(54), 'web', 'vm'];
  const query = read(queryMessage(labels.join('.')));
  expect(query.question?.labels).toEqual(labels);
  expect(encodeReply(query, answer, options).length).toBeLessThanOrEqual(512);
});

test('a reply repeats id, question and flags, and points from the answer to the question', () => {
  const asked = { id: 0xbeef, flags: flags.recursionDesired | flags.checkingDisabled, edns: { dnssecOk: true } };
  const query = read(queryMessage('WeB.vM', asked));
  const reply = encodeReply(query, answer, { ...options, recursionAvailable: true });
  const parsed = Packet.parse(reply);
  expect(parsed.errors).toEqual([]);
  expect(parsed.header).toMatchObject({ id: 0xbeef, qr: 1, aa: 1, tc: 0, rd: 1, ra: 1, cd: 1, rcode: 0 });
  expect(parsed.questions).toMatchObject([{ name: 'WeB.vM', type: 1, class: 1 }]);
  expect(parsed.answers).toMatchObject([{ name: 'WeB.vM', type: 1, ttl: 5, address: '10.77.0.10' }]);
  expect(parsed.additionals).toMatchObject([{ type: 41, class: 1232, version: 0, doFlag: true }]);
});

test('a label with a dot in it comes back as it was', () => {
  const label = Buffer.from('\x03a.b', 'latin1');
  const message = Buffer.concat([plain.subarray(0, 12), label, nameBytes('web.vm'), uint16s(1, 1)]);
  const query = read(message);
  expect(query.question?.labels).toEqual(['a.b', 'web', 'vm']);
  const reply = encodeReply(query, answer, options);
  expect(reply.subarray(12, message.length)).toEqual(message.subarray(12));
  expect(reply.readUInt16BE(message.length)).toBe(0xc00c);
});

test('a denial has the SOA with the short TTL', () => {
  const denial = { type: 'SOA', zone: 'vm', serial: 4_000_000_000 } as const;
  const reply = encodeReply(read(plain), { rcode: 3, authoritative: true, answers: [], denial }, options);
  const [soa] = Packet.parse(reply).authorities;
  expect(soa).toMatchObject({
    name: 'vm',
    ttl: 1,
    primary: 'vm',
    admin: 'nobody.invalid',
    serial: 4_000_000_000,
    minimum: 1,
  });
});

test.each([
  ['A', { type: 'A', address: '10.77.0.10' }, { address: '10.77.0.10' }],
  ['PTR', { type: 'PTR', host: 'web.vm' }, { domain: 'web.vm' }],
  ['NS', { type: 'NS', host: 'vm' }, { ns: 'vm' }],
] as const)('%s records are encoded', (_type, data, fields) => {
  const reply = encodeReply(read(plain), { rcode: 0, authoritative: true, answers: [data] }, options);
  expect(Packet.parse(reply).answers).toMatchObject([fields]);
});

test('AAAA records are encoded, however their zeros are written', () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, (numbers) => {
      const address = new SocketAddress({ address: numbers.map((n) => n.toString(16)).join(':'), family: 'ipv6' })
        .address;
      fc.pre(!address.includes('.'));
      const data = { type: 'AAAA', address } as const;
      const reply = encodeReply(read(plain), { rcode: 0, authoritative: true, answers: [data] }, options);
      expect(reply.subarray(-18)).toEqual(uint16s(16, ...numbers));
    }),
  );
});

test('the upper half of BADVERS stands in the OPT', () => {
  const query = read(queryMessage('web.vm', { edns: { version: 1 } }));
  const parsed = Packet.parse(encodeReply(query, errorReply(rcodes.BADVERS), options));
  expect(parsed.header.rcode).toBe(16);
});

test('a reply that is too long is cut to its question and OPT, and says so', () => {
  const many: Reply = { ...answer, answers: Array.from({ length: 100 }, () => answer.answers[0] ?? never()) };
  const query = read(queryMessage('web.vm', { edns: { size: 4096 } }));
  const parsed = Packet.parse(encodeReply(query, many, options));
  expect(parsed.header).toMatchObject({ tc: 1, aa: 1, ancount: 0, arcount: 1 });
  expect(parsed.questions).toHaveLength(1);
  const whole = Packet.parse(encodeReply(query, many, { ...options, limit: 65_535 }));
  expect(whole.header).toMatchObject({ tc: 0, ancount: 100 });
});

test('any name comes back octet for octet, and dns2 can read every reply', () => {
  const label = fc.uint8Array({ minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(label, { maxLength: 8 }), fc.nat(65_535), fc.boolean(), (labels, type, edns) => {
      const name = Buffer.concat([...labels.map((l) => Buffer.concat([Buffer.from([l.length]), l])), Buffer.from([0])]);
      const tail = edns ? opt : Buffer.alloc(0);
      const head = Buffer.from(plain.subarray(0, 12));
      head.writeUInt16BE(edns ? 1 : 0, 10);
      const message = Buffer.concat([head, name, uint16s(type, 1), tail]);
      const query = read(message);
      expect(query.malformed).toBe(false);
      const reply = encodeReply(query, answer, options);
      const questionEnd = 12 + name.length + 4;
      expect(reply.subarray(12, questionEnd)).toEqual(message.subarray(12, questionEnd));
      const parsed = Packet.parse(reply);
      expect(parsed.errors).toEqual([]);
      expect(parsed.answers).toMatchObject([{ address: '10.77.0.10' }]);
    }),
  );
});

function never(): never {
  throw new Error('unreachable');
}
