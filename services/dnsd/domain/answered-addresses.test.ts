import { isIPv6, SocketAddress } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AnswerRecord, addressText, answeredAddresses, isAddress, nameText } from './answered-addresses.js';

const address = (owner: string, last: number, ttl = 60): AnswerRecord => ({
  owner,
  ttl,
  type: 'ADDRESS',
  octets: Uint8Array.of(192, 0, 2, last),
});
const alias = (owner: string, target: string, ttl = 60): AnswerRecord => ({ owner, ttl, type: 'CNAME', target });

test('the addresses of the name itself count, and those of other names do not', () => {
  const records = [address('a.example', 1), address('b.example', 2), address('a.example', 3), address('a.example', 1)];
  expect(answeredAddresses('a.example', records)).toEqual({ addresses: ['192.0.2.1', '192.0.2.3'], ttlSeconds: 60 });
  expect(answeredAddresses('c.example', records)).toBeUndefined();
  expect(answeredAddresses('a.example', [])).toBeUndefined();
});

test('what no alias leads to does not count, whatever else the answer says', () => {
  const records = [alias('a.example', 'b.example'), address('b.example', 1), alias('x.example', 'c.example')];
  const found = answeredAddresses('a.example', [...records, address('c.example', 66)]);
  expect(found?.addresses).toEqual(['192.0.2.1']);
});

/** A chain of aliases from n0 with addresses at its end, other names' records beside it, in any order. */
const answers = fc
  .record({
    ttls: fc.array(fc.nat(100_000), { minLength: 1, maxLength: 12 }),
    ends: fc.uniqueArray(fc.tuple(fc.nat(255), fc.nat(100_000)), { maxLength: 5, selector: ([last]) => last }),
    others: fc.array(fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('x', 'y', 'n0'), fc.nat(9)), {
      maxLength: 6,
    }),
    backTo: fc.option(fc.nat(12)),
    seed: fc.infiniteStream(fc.nat()),
  })
  .map(({ ttls, ends, others, backTo, seed }) => {
    const end = `n${ttls.length}`;
    const chain = ttls.map((ttl, i) => alias(`n${i}`, `n${i + 1}`, ttl));
    const found = ends.map(([last, ttl]) => address(end, last, ttl));
    const noise = others.map(([owner, target, ttl]) =>
      ttl > 4 ? address(owner, 200, ttl) : alias(owner, target, ttl),
    );
    const circle = backTo !== null && backTo < ttls.length ? [alias(end, `n${backTo}`, 100_000)] : [];
    const all = [...chain, ...found, ...noise, ...circle].map((record) => ({
      record,
      rank: seed.next().value as number,
    }));
    const records = all.sort((a, b) => a.rank - b.rank).map(({ record }) => record);
    const wanted = new Set(ends.map(([last]) => `192.0.2.${last}`));
    return { records, wanted, ttl: Math.min(...ttls, ...ends.map(([, ttl]) => ttl)) };
  });

test('however long the chain and in whatever order it comes, just the addresses at its end are found', () => {
  fc.assert(
    fc.property(answers, ({ records, wanted, ttl }) => {
      const found = answeredAddresses('n0', records);
      expect(new Set(found?.addresses ?? [])).toEqual(wanted);
      if (found) expect(found.ttlSeconds).toBe(ttl);
    }),
    { numRuns: 2_000 },
  );
});

test('an IPv6 address is written as everybody else writes it', () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, (sixteen) => {
      const octets = Uint8Array.from(sixteen.flatMap((group) => [group >>> 8, group & 255]));
      const text = addressText(octets);
      const plain = sixteen.map((group) => group.toString(16)).join(':');
      expect(isIPv6(text)).toBe(true);
      // The C library writes the last four octets of some addresses with dots: RFC 5952 section 5 allows it.
      const canonical = new SocketAddress({ address: plain, family: 'ipv6' }).address;
      if (!canonical.includes('.')) expect(text).toBe(canonical);
    }),
    { numRuns: 2_000 },
  );
  expect(addressText(Uint8Array.of(10, 0, 0, 1))).toBe('10.0.0.1');
});

test('a name is told in lower case, and a dot in a label is not taken for one between labels', () => {
  expect(nameText(['WWW', 'Example', 'com'])).toBe('www.example.com');
  expect(nameText(['a.b', 'c\\d', 'e f', '\u00c9'])).toBe('a\\046b.c\\092d.e\\032f.\\201');
  expect(nameText([])).toBe('');
});

test('an address has four octets or sixteen, as its type says', () => {
  expect([isAddress(1, 4), isAddress(28, 16)]).toEqual([true, true]);
  expect([isAddress(1, 16), isAddress(28, 4), isAddress(1, 3), isAddress(5, 4)]).toEqual([false, false, false, false]);
});
