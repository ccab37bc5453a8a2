import { expect, test } from '@jest/globals';
import { parseNftListing } from './nft-listing.js';

const where = { family: 'inet', table: 'filter', chain: 'forward' };
const match = (left: object, right: unknown, op = '==') => ({ match: { op, left, right } });
const meta = (key: string) => ({ meta: { key } });
const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });

/** The rules of a chain with these expressions, one each. */
function rulesOf(...expressions: object[][]) {
  const chain = { family: 'inet', table: 'filter', name: 'forward', type: 'filter', hook: 'forward', policy: 'drop' };
  const rules = expressions.map((expr, handle) => ({ rule: { ...where, handle, expr } }));
  const [parsed] = parseNftListing({ nftables: [{ chain }, ...rules] } as never);
  return parsed?.rules ?? [];
}

const is = (field: string, ...values: string[]) => ({ field, negated: false, values });
const maybe = { field: 'other', negated: false, values: [] };

test('chains that see IP packets and may drop them', () => {
  const chain = (family: string, name: string, more: object = {}) => ({ chain: { family, table: 't', name, ...more } });
  const base = { type: 'filter', hook: 'forward', prio: 0, policy: 'drop' };
  const nat = { type: 'nat', hook: 'prerouting', policy: 'accept' };
  const listing = [
    {},
    chain('inet', 'f', base),
    chain('ip', 'n', nat),
    chain('bridge', 'b', base),
    chain('ip6', 'plain'),
  ];
  expect(parseNftListing({ nftables: listing } as never)).toEqual([
    { tool: 'nft', family: 'inet', table: 't', name: 'f', hook: 'forward', policy: 'drop', rules: [] },
    { tool: 'nft', family: 'ip6', table: 't', name: 'plain', rules: [] },
  ]);
});

test.each([
  ['links', match(meta('iifname'), 'bgr*'), [is('in-link', 'bgr*')]],
  [
    'links but those',
    match(meta('oif'), { set: ['a', 'b'] }, '!='),
    [{ field: 'out-link', negated: true, values: ['a', 'b'] }],
  ],
  ['a named set', match(meta('iifname'), '@taps'), [maybe]],
  ['protocols', match(meta('l4proto'), { set: ['tcp', 'ipv6-icmp'] }), [is('protocol', 'tcp', 'icmpv6')]],
  ['a family', match(meta('nfproto'), 'ipv6'), [is('family', 'ip6')]],
  ['an address', match(payload('ip', 'saddr'), '10.0.0.1'), [is('family', 'ip'), is('source', '10.0.0.1')]],
  [
    'a prefix',
    match(payload('ip6', 'daddr'), { prefix: { addr: 'fd00::', len: 8 } }),
    [is('family', 'ip6'), is('destination', 'fd00::/8')],
  ],
  ['a port', match(payload('udp', 'dport'), 53), [is('protocol', 'udp'), is('port', '53')]],
  ['ports', match(payload('th', 'dport'), { range: [1, 1023] }), [is('port', '1-1023')]],
  ['another field', match(payload('tcp', 'sport'), 53), [is('protocol', 'tcp'), maybe]],
  [
    'states',
    match({ ct: { key: 'state' } }, ['established', 'related'], 'in'),
    [is('state', 'established', 'related')],
  ],
  [
    'a kind of address',
    match({ fib: { result: 'type', flags: ['daddr'] } }, 'local'),
    [is('destination-type', 'local')],
  ],
  ['a mark', match(meta('mark'), 7), [maybe]],
  ['another comparison', match(payload('tcp', 'dport'), 1024, '<'), [maybe]],
  ['a limit', { limit: { rate: 3 } }, [maybe]],
  ['a match of iptables', { xt: { type: 'match', name: 'addrtype' } }, [maybe]],
  ['a comment of iptables', { xt: { type: 'match', name: 'comment' } }, []],
  ['a counter', { counter: { packets: 1, bytes: 2 } }, []],
  ['a log', { log: { prefix: 'x' } }, []],
])('%s', (_, expression, conditions) => {
  expect(rulesOf([expression, { drop: null }])).toMatchObject([{ conditions, verdict: { kind: 'drop' } }]);
});

test.each([
  ['accept', { accept: null }, { kind: 'accept' }],
  ['reject', { reject: { type: 'icmpx' } }, { kind: 'drop' }],
  ['REJECT of iptables', { xt: { type: 'target', name: 'REJECT' } }, { kind: 'drop' }],
  ['LOG of iptables', { xt: { type: 'target', name: 'LOG' } }, undefined],
  ['return', { return: null }, { kind: 'return' }],
  ['jump', { jump: { target: 'there' } }, { kind: 'jump', target: 'there' }],
  ['goto', { goto: { target: 'there' } }, { kind: 'goto', target: 'there' }],
])('%s', (_, expression, verdict) => {
  expect(rulesOf([expression])[0]?.verdict).toEqual(verdict);
});

test('a rule’s text has no counter in it', () => {
  const rule = (packets: number) => rulesOf([{ counter: { packets } }, { drop: null }])[0]?.text;
  expect(rule(1)).toBe(rule(2));
});
