import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Packet } from 'dns2';
import { pollUntil } from '../../lib/clock.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { flags, nameBytes, optBytes, queryMessage, uint16s } from '../../services/dnsd/testing/messages.js';
import type { NamedGuest } from './fake-vmm.js';
import { askTcp, NamesLab, UdpAsker } from './names-lab.js';
import { type Asked, resolvers } from './resolvers.js';

/** What the standards want of a name server, asked of dnsd in octets, over UDP and over TCP. */

const lab = new NamesLab(42_153, {
  ipv4Pool: '10.77.0.0/16',
  gateway: '10.77.0.1',
  ipv6Pool: 'fd00:77::/64',
});
let udp: UdpAsker;

beforeAll(async () => {
  await lab.start(
    new Map<string, NamedGuest>([
      ['web', { address: '10.77.0.10', ipv6Address: 'fd00:77::a', aliases: ['db'] }],
      ['old', { address: '10.77.0.11' }],
    ]),
  );
  const isKnown = async () => (await lab.client.listRecords({})).records.some((one) => one.name.endsWith('ip6.arpa.'));
  await pollUntil(isKnown, { what: 'the pools are known', timeoutMs: 30_000 });
  udp = await UdpAsker.open(lab.port);
});
afterAll(async () => {
  udp?.close();
  await lab.stop();
});

const sentinel = queryMessage('sentinel.vm', { id: 0xfefe });
const isSentinel = (message: Buffer) => message.readUInt16BE(0) === 0xfefe;

/** The answer over UDP, which keeps the order on this host: none when that to the next question comes first. */
async function overUdp(message: Buffer): Promise<Buffer | undefined> {
  udp.received.length = 0;
  udp.send(message);
  udp.send(sentinel);
  await pollUntil(() => udp.received.some(isSentinel), { what: 'dnsd answers', timeoutMs: 20_000, everyMs: 1 });
  return udp.received.find((one) => !isSentinel(one));
}

const overTcp = async (message: Buffer): Promise<Buffer | undefined> => (await askTcp(lab.port, [message]))[0];

const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
const typeNames: Record<number, string> = { 1: 'A', 2: 'NS', 6: 'SOA', 12: 'PTR', 28: 'AAAA' };

/** A reply in one line: its code, flags, records and EDNS. It must be in order otherwise. */
function told(message: Buffer, reply: Buffer | undefined): string {
  if (reply === undefined) return 'nothing';
  const { header, errors, answers, authorities, additionals } = Packet.parse(reply);
  expect(errors).toEqual([]);
  expect([header.id, header.qr, header.opcode]).toEqual([message.readUInt16BE(0), 1, ((message[2] ?? 0) >> 3) & 15]);
  // AD and the bit that is kept for later are never set.
  expect(reply.readUInt16BE(2) & 0x0060).toBe(0);
  if (header.qdcount === 1) {
    const end = message.indexOf(0, 12) + 5;
    expect(reply.subarray(12, end)).toEqual(message.subarray(12, end));
  }
  const [opt] = additionals;
  const data = (record: (typeof answers)[number]) => `${typeNames[record.type]} ${record.ttl}`;
  return [
    header.rcode === 16 ? 'BADVERS' : rcodes[header.rcode],
    ...[header.aa ? 'aa' : '', header.tc ? 'tc' : '', header.rd ? 'rd' : '', header.ra ? 'ra' : ''],
    reply.readUInt16BE(2) & flags.checkingDisabled ? 'cd' : '',
    ...answers.map(data),
    ...authorities.map((record) => `denied by ${data(record)}`),
    opt ? `edns ${opt.version} ${opt.class}${opt.doFlag ? ' do' : ''}` : '',
    // Eleven octets: an OPT without options, which nobody asked us for.
    opt && reply.readUInt16BE(reply.length - 2) !== 0 ? 'options' : '',
    header.qdcount === 1 ? '' : 'no question',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const plain = queryMessage('web.vm');
/** A query with another header, given as [offset, value] pairs, and with more at its end. */
function altered(counts: readonly [number, number][], ...tail: Buffer[]): Buffer {
  const message = Buffer.from(plain);
  for (const [at, value] of counts) message.writeUInt16BE(value, at);
  return Buffer.concat([message, ...tail]);
}
const opt = optBytes({ edns: {} });
const withOpt = (size: number, extendedAndVersion: number, bits: number, options: Buffer = Buffer.alloc(0)) =>
  altered([[10, 1]], Buffer.from([0]), uint16s(41, size, extendedAndVersion, bits, options.length), options);
const option = (code: number, ...octets: number[]) =>
  Buffer.concat([uint16s(code, octets.length), Buffer.from(octets)]);
const raw = (name: Buffer, type = 1, klass = 1) => Buffer.concat([plain.subarray(0, 12), name, uint16s(type, klass)]);
const octets = (n: number) => Array.from({ length: n }, (_, i) => i);
const address = Buffer.concat([Buffer.from([0]), uint16s(1, 1, 0, 5, 4), Buffer.from([192, 0, 2, 1])]);
const reverse6 = `a${'.0'.repeat(23)}.7.7.0.0.0.0.d.f.ip6.arpa`;

const good = 'NOERROR aa rd A 5';
const edns = ' edns 0 1232';
const rows: Record<string, [Buffer, string]> = {
  // Flags.
  'a query that asks for recursion': [plain, good],
  'one that does not': [queryMessage('web.vm', { flags: 0 }), 'NOERROR aa A 5'],
  'AA, TC, RA, Z and AD in a query': [queryMessage('web.vm', { flags: 0x06e0 }), 'NOERROR aa A 5'],
  'CD in a query': [queryMessage('web.vm', { flags: 0x0110 }), 'NOERROR aa rd cd A 5'],
  'a code in a query': [queryMessage('web.vm', { flags: 0x0105 }), good],
  'an answer': [queryMessage('web.vm', { flags: 0x8100 }), 'nothing'],
  'an answer that is malformed': [
    altered([
      [2, 0x8100],
      [4, 9],
    ]),
    'nothing',
  ],
  // What there is, and what not.
  'an alias': [queryMessage('db.vm'), good],
  'a name below one': [queryMessage('x.y.db.vm'), good],
  'upper and lower case': [queryMessage('wEb.Vm'), good],
  'an IPv6 address': [queryMessage('web.vm', { type: 28 }), 'NOERROR aa rd AAAA 5'],
  ANY: [queryMessage('web.vm', { type: 255 }), good],
  'a type that is not there': [queryMessage('web.vm', { type: 16 }), 'NOERROR aa rd denied by SOA 1'],
  'a type that nobody knows': [queryMessage('web.vm', { type: 65_280 }), 'NOERROR aa rd denied by SOA 1'],
  'type 0': [queryMessage('web.vm', { type: 0 }), 'NOERROR aa rd denied by SOA 1'],
  'type 65535': [queryMessage('web.vm', { type: 65_535 }), 'NOERROR aa rd denied by SOA 1'],
  'DS at the top': [queryMessage('vm', { type: 43 }), 'NOERROR aa rd denied by SOA 1'],
  'SOA at the top': [queryMessage('vm', { type: 6 }), 'NOERROR aa rd SOA 5'],
  'NS at the top': [queryMessage('vm', { type: 2 }), 'NOERROR aa rd NS 5'],
  'NS below it': [queryMessage('web.vm', { type: 2 }), 'NOERROR aa rd denied by SOA 1'],
  'a name that is not there': [queryMessage('mail.vm'), 'NXDOMAIN aa rd denied by SOA 1'],
  'a name below one that is not there': [queryMessage('web.mail.vm'), 'NXDOMAIN aa rd denied by SOA 1'],
  'the name of an address': [queryMessage('10.0.77.10.in-addr.arpa', { type: 12 }), 'NOERROR aa rd PTR 5'],
  'the name of an IPv6 address': [queryMessage(reverse6, { type: 12 }), 'NOERROR aa rd PTR 5'],
  'an empty name above an address': [
    queryMessage('0.77.10.in-addr.arpa', { type: 12 }),
    'NOERROR aa rd denied by SOA 1',
  ],
  'one above an IPv6 address': [queryMessage(reverse6.slice(6), { type: 12 }), 'NOERROR aa rd denied by SOA 1'],
  'an address that nobody has': [
    queryMessage('9.0.77.10.in-addr.arpa', { type: 12 }),
    'NXDOMAIN aa rd denied by SOA 1',
  ],
  'an IPv6 address that nobody has': [queryMessage(`b${reverse6.slice(1)}`), 'NXDOMAIN aa rd denied by SOA 1'],
  // Elsewhere.
  'the root': [queryMessage('', { type: 2 }), 'REFUSED rd'],
  'another domain': [queryMessage('example.com'), 'REFUSED rd'],
  'the domain above a pool': [queryMessage('10.in-addr.arpa'), 'REFUSED rd'],
  'an address of no pool': [queryMessage('1.2.0.192.in-addr.arpa', { type: 12 }), 'REFUSED rd'],
  'a domain that ends like ours': [queryMessage('web.xvm'), 'REFUSED rd'],
  // Classes and types that are no data.
  ...Object.fromEntries(
    [0, 2, 3, 4, 254, 255, 65_535].map((klass) => [
      `class ${klass}`,
      [queryMessage('web.vm', { class: klass }), 'REFUSED rd'],
    ]),
  ),
  AXFR: [queryMessage('vm', { type: 252 }), 'REFUSED rd'],
  IXFR: [
    Buffer.concat([queryMessage('vm', { type: 251 }), uint16s(0xc00c, 6, 1, 0, 0, 22), Buffer.alloc(22)]).fill(
      1,
      9,
      10,
    ),
    'REFUSED rd',
  ],
  ...Object.fromEntries(
    [41, 128, 249, 250, 253, 254].map((type) => [`type ${type}`, [queryMessage('web.vm', { type }), 'NOTIMP rd']]),
  ),
  ...Object.fromEntries(
    octets(15).map((i) => [
      `opcode ${i + 1}`,
      [queryMessage('web.vm', { flags: ((i + 1) << 11) | 0x0100, edns: {} }), `NOTIMP rd${edns}`],
    ]),
  ),
  // EDNS.
  ...Object.fromEntries(
    [0, 1, 511, 512, 1232, 4096, 65_535].map((size) => [
      `a payload size of ${size}`,
      [withOpt(size, 0, 0), good + edns],
    ]),
  ),
  DO: [withOpt(1232, 0, 0x8000), `${good}${edns} do`],
  'flags of EDNS that nobody knows': [withOpt(1232, 0, 0x7fff), good + edns],
  'a code in an OPT': [withOpt(1232, 0xff00, 0), good + edns],
  'EDNS version 1': [withOpt(1232, 1, 0), `BADVERS rd${edns}`],
  'EDNS version 255, and DO': [withOpt(1232, 255, 0x8000), `BADVERS rd${edns} do`],
  'a newer EDNS elsewhere': [queryMessage('example.com', { edns: { version: 1 } }), `BADVERS rd${edns}`],
  'EDNS elsewhere': [queryMessage('example.com', { edns: {} }), `REFUSED rd${edns}`],
  'EDNS for what is not there': [queryMessage('mail.vm', { edns: {} }), `NXDOMAIN aa rd denied by SOA 1${edns}`],
  'a cookie': [withOpt(1232, 0, 0, option(10, ...octets(8))), good + edns],
  'a cookie with a server’s part': [withOpt(1232, 0, 0, option(10, ...octets(24))), good + edns],
  'half a cookie': [withOpt(1232, 0, 0, option(10, 1, 2, 3)), good + edns],
  NSID: [withOpt(1232, 0, 0, option(3)), good + edns],
  keepalive: [withOpt(1232, 0, 0, option(11)), good + edns],
  padding: [withOpt(1232, 0, 0, option(12, ...Buffer.alloc(300))), good + edns],
  'a client subnet': [withOpt(1232, 0, 0, option(8, 0, 1, 24, 0, 192, 0, 2)), good + edns],
  'a client subnet that is none': [withOpt(1232, 0, 0, option(8, 9, 9, 99)), good + edns],
  'options that nobody knows': [withOpt(1232, 0, 0, Buffer.concat([option(65_001, 1), option(4_242)])), good + edns],
  'an option twice': [withOpt(1232, 0, 0, Buffer.concat([option(10, 1), option(10, 1)])), good + edns],
  'a signature after the OPT': [altered([[10, 2]], opt, nameBytes('key'), uint16s(250, 255, 0, 0, 0)), good + edns],
  'an OPT after another record': [altered([[10, 2]], address, opt), good + edns],
  'two OPTs': [altered([[10, 2]], opt, opt), `FORMERR rd${edns}`],
  'an OPT with an owner': [altered([[10, 1]], nameBytes('vm'), opt.subarray(1)), `FORMERR rd${edns}`],
  'half an option': [withOpt(1232, 0, 0, Buffer.from([0, 10, 0])), `FORMERR rd${edns}`],
  'an option that is too long': [withOpt(1232, 0, 0, uint16s(10, 9)), `FORMERR rd${edns}`],
  'an OPT that is cut off': [altered([[10, 1]], opt.subarray(0, -1)), 'FORMERR rd'],
  'an OPT among the answers': [altered([[6, 1]], opt), 'FORMERR rd'],
  'an OPT among the authorities': [altered([[8, 1]], opt), 'FORMERR rd'],
  // Malformed.
  'no question': [altered([[4, 0]]).subarray(0, 12), 'FORMERR rd no question'],
  'no question, and EDNS': [
    Buffer.concat([
      altered([
        [4, 0],
        [10, 1],
      ]).subarray(0, 12),
      opt,
    ]),
    `FORMERR rd${edns} no question`,
  ],
  'two questions': [altered([[4, 2]], plain.subarray(12)), 'FORMERR rd no question'],
  'two questions, and EDNS': [
    altered(
      [
        [4, 2],
        [10, 1],
      ],
      plain.subarray(12),
      opt,
    ),
    `FORMERR rd${edns} no question`,
  ],
  'a question that is announced': [plain.subarray(0, 12), 'FORMERR rd no question'],
  'half a question': [plain.subarray(0, -1), 'FORMERR rd no question'],
  'an answer in a query': [altered([[6, 1]], address), 'FORMERR rd'],
  'an authority in a query': [altered([[8, 1]], address), 'FORMERR rd'],
  'records that are announced': [altered([[10, 0xffff]]), 'FORMERR rd'],
  'octets at the end': [altered([], Buffer.from([0])), 'FORMERR rd'],
  'a compressed question': [raw(Buffer.from([0xc0, 12])), 'FORMERR rd no question'],
  'a label of a type that is no more': [raw(Buffer.from([0x41, 1, 0])), 'FORMERR rd no question'],
  'a name of 256 octets': [queryMessage(`${`${'x'.repeat(62)}.`.repeat(4)}vm`), 'FORMERR rd no question'],
  'a header alone': [Buffer.alloc(12), 'FORMERR no question'],
  // Names of any octets.
  'a dot in a label': [raw(Buffer.concat([Buffer.from([3, 97, 46, 98]), nameBytes('web.vm')])), good],
  'a dot in a label that makes it look like ours': [raw(Buffer.from([6, 119, 101, 98, 46, 118, 109, 0])), 'REFUSED rd'],
  'an octet above 127': [raw(Buffer.concat([Buffer.from([1, 200]), nameBytes('web.vm')])), good],
  'the longest name': [
    queryMessage(`${`${'x'.repeat(62)}.`.repeat(3)}${'y'.repeat(57)}.vm`),
    'NXDOMAIN aa rd denied by SOA 1',
  ],
};

test.each(Object.entries(rows))('%s', async (_what, [message, expected]) => {
  const [datagram, stream] = [await overUdp(message), await overTcp(message)];
  expect({ udp: told(message, datagram), tcp: told(message, stream) }).toEqual({ udp: expected, tcp: expected });
  expect(datagram?.length ?? 0).toBeLessThanOrEqual(512);
});

test('what is too short for a header gets nothing, and ends a connection', async () => {
  for (let length = 0; length < 12; length++) {
    const message = Buffer.alloc(length);
    expect(await overUdp(message)).toBeUndefined();
    expect(await askTcp(lab.port, [plain, message, plain])).toHaveLength(1);
  }
});

test('queries in one write are answered in their order, as they are over UDP', async () => {
  const names = ['web.vm', 'mail.vm', 'example.com', 'db.vm', 'vm'];
  const queries = octets(500).map((i) => queryMessage(names[i % names.length] ?? '', { id: i }));
  const replies = await askTcp(lab.port, queries);
  expect(replies.map((reply) => reply.readUInt16BE(0))).toEqual(octets(500));
  for (const [i, reply] of replies.slice(0, 5).entries()) {
    expect(told(queries[i] ?? plain, reply)).toBe(told(queries[i] ?? plain, await overUdp(queries[i] ?? plain)));
  }
});

const asked: readonly (readonly [Asked, string])[] = [
  [{ name: 'web.vm', type: 'A' }, '10.77.0.10'],
  [{ name: 'web.vm', type: 'AAAA' }, 'fd00:77::a'],
  [{ name: 'WEB.vm', type: 'A' }, '10.77.0.10'],
  [{ name: 'db.vm', type: 'A' }, '10.77.0.10'],
  [{ name: 'x.y.db.vm', type: 'AAAA' }, 'fd00:77::a'],
  [{ name: 'old.vm', type: 'A' }, '10.77.0.11'],
  [{ name: 'old.vm', type: 'AAAA' }, 'none'],
  [{ name: 'mail.vm', type: 'A' }, 'none'],
  [{ name: 'vm', type: 'A' }, 'none'],
  [{ name: '10.77.0.10', type: 'PTR' }, 'web.vm.'],
  [{ name: 'fd00:77::a', type: 'PTR' }, 'web.vm.'],
  [{ name: '10.77.0.9', type: 'PTR' }, 'none'],
  [{ name: 'fd00:77::9', type: 'PTR' }, 'none'],
];

test.each(['dig', 'kdig', 'delv', 'Go', 'Python'])('%s finds what is there, and nothing else', async (program) => {
  const folder = await tempFolder();
  try {
    const resolve = resolvers(folder.path)[program];
    const questions = asked.map(([question]) => question);
    for (const network of ['udp', 'tcp'] as const) {
      expect(await resolve?.(network, lab.port, questions)).toEqual(asked.map(([, answer]) => answer));
    }
  } finally {
    await folder.remove();
  }
});
