import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { zoneOf } from '../testing/zones.js';
import { decide, rcodes } from './answer.js';
import { answerLimit, type Query } from './query.js';
import { type RecordData, recordText } from './records.js';
import { Zone } from './zone.js';

const zone = zoneOf([
  { name: 'web', address: '10.77.0.10', aliases: ['www'] },
  { name: 'six', address: '10.77.0.11', ipv6Address: 'fd00:77::b' },
]);
const [A, AAAA, SOA, NS, TYPE65, ANY, AXFR, IXFR, TSIG, OPT] = [1, 28, 6, 2, 65, 255, 252, 251, 250, 41] as const;

function ask(name: string, type: number, rest: Partial<Query> = {}, elsewhere: 'refuse' | 'forward' = 'refuse') {
  const question = { labels: name.split('.'), type, class: 1 };
  return decide({ isResponse: false, opcode: 0, question, malformed: false, ...rest }, zone, elsewhere);
}

function outcome(decision: ReturnType<typeof decide>): string {
  if (decision.kind !== 'reply') return decision.kind;
  const { rcode, authoritative, answers, denial } = decision.reply;
  const [name = ''] = Object.entries(rcodes).find(([, code]) => code === rcode) ?? [];
  const text = (record: RecordData) => `${record.type} ${recordText(record)}`;
  return [name, authoritative ? 'AA' : '', ...answers.map(text), denial ? 'SOA' : ''].filter(Boolean).join(' | ');
}

test.each([
  ['web.vm', A, 'NOERROR | AA | A 10.77.0.10'],
  ['WeB.vM', A, 'NOERROR | AA | A 10.77.0.10'],
  ['api.web.vm', A, 'NOERROR | AA | A 10.77.0.10'],
  ['www.vm', A, 'NOERROR | AA | A 10.77.0.10'],
  ['api.www.vm', A, 'NOERROR | AA | A 10.77.0.10'],
  ['web.vm', AAAA, 'NOERROR | AA | SOA'],
  ['six.vm', AAAA, 'NOERROR | AA | AAAA fd00:77::b'],
  ['six.vm', A, 'NOERROR | AA | A 10.77.0.11'],
  ['six.vm', ANY, 'NOERROR | AA | A 10.77.0.11'],
  ['web.vm', TYPE65, 'NOERROR | AA | SOA'],
  ['web.vm', ANY, 'NOERROR | AA | A 10.77.0.10'],
  ['mail.vm', A, 'NXDOMAIN | AA | SOA'],
  ['mail.vm', ANY, 'NXDOMAIN | AA | SOA'],
  ['vm', A, 'NOERROR | AA | SOA'],
  ['vm', NS, 'NOERROR | AA | NS vm.'],
  ['vm', SOA, 'NOERROR | AA | SOA vm. nobody.invalid. 7 3600 1200 604800 1'],
  ['vm', ANY, 'NOERROR | AA | SOA vm. nobody.invalid. 7 3600 1200 604800 1'],
  ['example.com', A, 'REFUSED'],
  ['vm', AXFR, 'REFUSED'],
  ['vm', IXFR, 'REFUSED'],
  ['web.vm', TSIG, 'NOTIMP'],
  ['web.vm', OPT, 'NOTIMP'],
])('%s type %i gives %s', (name, type, expected) => {
  expect(outcome(ask(name, type))).toBe(expected);
});

test.each<[string, Partial<Query>, string]>([
  ['an answer', { isResponse: true }, 'drop'],
  ['a malformed answer', { isResponse: true, malformed: true }, 'drop'],
  ['another opcode', { opcode: 4 }, 'NOTIMP'],
  ['another opcode that cannot be read', { opcode: 5, malformed: true, question: undefined }, 'NOTIMP'],
  ['a malformed query', { malformed: true }, 'FORMERR'],
  ['no question', { question: undefined }, 'FORMERR'],
  ['a newer EDNS', { edns: { version: 1, payloadSize: 1232, dnssecOk: false } }, 'BADVERS'],
  ['another class', { question: { labels: ['web', 'vm'], type: 1, class: 3 } }, 'REFUSED'],
  ['class ANY', { question: { labels: ['web', 'vm'], type: 1, class: 255 } }, 'REFUSED'],
])('%s gives %s', (_what, rest, expected) => {
  expect(outcome(ask('web.vm', A, rest))).toBe(expected);
});

test('only what is not ours is forwarded', () => {
  expect(ask('example.com', A, {}, 'forward')).toEqual({ kind: 'forward' });
  expect(outcome(ask('mail.vm', A, {}, 'forward'))).toBe('NXDOMAIN | AA | SOA');
  expect(outcome(ask('example.com', AXFR, {}, 'forward'))).toBe('REFUSED');
});

test('before the first snapshot the answer is "ask again", not "no such name"', () => {
  const early = new Zone({ serial: 1, names: undefined, pools: undefined });
  const question = { labels: ['web', 'vm'], type: A, class: 1 };
  expect(outcome(decide({ isResponse: false, opcode: 0, question, malformed: false }, early, 'refuse'))).toBe(
    'SERVFAIL',
  );
});

test('every query gets a decision, and the case of a name never matters', () => {
  const query = fc.record({
    isResponse: fc.boolean(),
    opcode: fc.nat(15),
    malformed: fc.boolean(),
    question: fc.option(
      fc.record({
        labels: fc.array(fc.constantFrom('web', 'WEB', 'vm', 'Vm', 'a.b', 'arpa', '\u00ff', '10'), { maxLength: 5 }),
        type: fc.nat(65_535),
        class: fc.constantFrom(1, 3, 255),
      }),
      { nil: undefined },
    ),
    edns: fc.option(fc.record({ version: fc.nat(255), payloadSize: fc.nat(65_535), dnssecOk: fc.boolean() }), {
      nil: undefined,
    }),
  });
  fc.assert(
    fc.property(query, fc.constantFrom('refuse', 'forward'), (asked, elsewhere) => {
      const decision = decide(asked, zone, elsewhere);
      expect(decision.kind === 'drop').toBe(asked.isResponse);
      const upper = asked.question && { ...asked.question, labels: asked.question.labels.map((l) => l.toUpperCase()) };
      expect(decide({ ...asked, question: upper }, zone, elsewhere)).toEqual(decision);
    }),
  );
});

test.each([
  ['udp', undefined, 512],
  ['udp', 0, 512],
  ['udp', 900, 900],
  ['udp', 65_535, 1232],
  ['tcp', undefined, 65_535],
  ['tcp', 512, 65_535],
] as const)('over %s a payload size of %s allows %i bytes', (transport, payloadSize, limit) => {
  const edns = payloadSize === undefined ? undefined : { version: 0, payloadSize, dnssecOk: false };
  expect(answerLimit(transport, edns)).toBe(limit);
});
