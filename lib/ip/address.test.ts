import { isIP } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatIp, formatPrefix, holdsPrefix, parseIp, parsePrefix } from './address.js';

const ips = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => ({ family: 4 as const, value })),
  fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => ({ family: 6 as const, value })),
  // Runs of zeros, which are written short.
  fc.array(fc.constantFrom(0n, 0n, 0n, 1n, 0xabcdn), { minLength: 8, maxLength: 8 }).map((groups) => ({
    family: 6 as const,
    value: groups.reduce<bigint>((value, group) => (value << 16n) + group, 0n),
  })),
);

test('what is written is read again, and is what the platform takes for an address', () => {
  fc.assert(
    fc.property(ips, (ip) => {
      const text = formatIp(ip);
      expect(parseIp(text)).toEqual(ip);
      expect(isIP(text)).toBe(ip.family);
    }),
  );
});

test('IPv6 is written as every URL has it', () => {
  fc.assert(
    fc.property(
      ips.filter(({ family }) => family === 6),
      (ip) => {
        expect(`[${formatIp(ip)}]`).toBe(new URL(`http://[${formatIp(ip)}]/`).hostname);
      },
    ),
  );
});

test('takes for an address what the platform does, zones apart', () => {
  const texts = fc.oneof(
    fc.stringMatching(/^[0-9a-f:.]{0,20}$/),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom('::', '::1', '1::', '::ffff:1.2.3.4', '1:2:3:4:5:6:7::', ':::', '1.2.3', '01.2.3.4', '1.2.3.4::'),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(parseIp(text)?.family ?? 0).toBe(isIP(text));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['10.1.2.3/32', '10.1.2.3'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8::/32', '2001:db8::/32'],
  ['::1/128', '::1'],
])('reads the prefix %s', (text, written) => {
  const prefix = parsePrefix(text);
  expect(prefix && formatPrefix(prefix)).toBe(written);
});

test.each(['10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/', '/8', '10.0.0.0/8/8', '::1%eth0', 'web'])(
  'does not take %s for a prefix',
  (text) => expect(parsePrefix(text)).toBeUndefined(),
);

test('a prefix holds what begins as it does', () => {
  const holds = (outer: string, inner: string) => {
    const [a, b] = [parsePrefix(outer), parsePrefix(inner)];
    return a !== undefined && b !== undefined && holdsPrefix(a, b);
  };
  expect(holds('10.0.0.0/8', '10.9.8.7')).toBe(true);
  expect(holds('10.0.0.0/8', '10.0.0.0/8')).toBe(true);
  expect(holds('0.0.0.0/0', '10.0.0.0/8')).toBe(true);
  expect(holds('10.9.8.7', '10.0.0.0/8')).toBe(false);
  expect(holds('11.0.0.0/8', '10.9.8.7')).toBe(false);
  expect(holds('::/0', '10.9.8.7')).toBe(false);
});
