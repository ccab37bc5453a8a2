import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { policyViolations } from './check.js';
import { canonicalPolicy, type EgressRule, emptyPolicy, type PublishedPort } from './policy.js';
import { egressRuleText, publicationText, readEgressRule, readPublication, readUnpublication } from './words.js';

const port = fc.integer({ min: 1, max: 65_535 });
const ipv4 = fc.ipV4();
const domains = fc.constantFrom('example.org', '*.example.org', 'a-b.c_d.example', 'xn--bcher-kva.example', 'tcp.udp');
const publications: fc.Arbitrary<PublishedPort> = fc.record({
  hostAddress: fc.oneof(fc.constant(''), ipv4),
  hostPort: port,
  guestPort: port,
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
});
const rules: fc.Arbitrary<EgressRule> = fc.record({
  action: fc.constantFrom('allow' as const, 'deny' as const),
  destination: fc.oneof(
    fc.constantFrom('all', '10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::1', '::/0'),
    ipv4,
    domains,
  ),
  port: fc.oneof(fc.constant(0), port),
  protocol: fc.constantFrom('any' as const, 'tcp' as const, 'udp' as const),
});

test('a publication that is written is read again, and is right', () => {
  fc.assert(
    fc.property(publications, (published) => {
      expect(readPublication(publicationText(published))).toEqual({ value: [published] });
      expect(readUnpublication(publicationText(published))).toEqual({ value: [published] });
      expect(policyViolations({ ...emptyPolicy, publishedPorts: [published] })).toEqual([]);
    }),
  );
});

test('an egress rule that is written is read again, and is right', () => {
  fc.assert(
    fc.property(rules, (rule) => {
      expect(readEgressRule(egressRuleText(rule))).toEqual({ value: rule });
      expect(policyViolations({ ...emptyPolicy, egress: [rule] })).toEqual([]);
    }),
  );
});

test('whatever is read is right, and nothing throws', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.stringMatching(/^(allow|deny):[0-9a-z.:/[\]*]{0,20}$/),
    fc.stringMatching(/^[0-9:.[\]/\-tcpudp]{0,20}$/),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const [published, rule] = [readPublication(text), readEgressRule(text)];
      const publishedPorts = 'value' in published ? published.value.slice(0, 1) : [];
      const egress = 'value' in rule ? [rule.value] : [];
      expect(policyViolations(canonicalPolicy({ allowFrom: [], egress, publishedPorts }))).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

describe('publications', () => {
  test.each([
    ['8080:80', { hostAddress: '', hostPort: 8080, guestPort: 80, protocol: 'tcp' }],
    ['127.0.0.1:5353:53/udp', { hostAddress: '127.0.0.1', hostPort: 5353, guestPort: 53, protocol: 'udp' }],
  ])('%s', (text, published) => expect(readPublication(text)).toEqual({ value: [published] }));

  test('ranges are one for each port', () => {
    const read = readPublication('8000-8002:9000-9002/udp');
    expect('value' in read && read.value.map(publicationText)).toEqual([
      '8000:9000/udp',
      '8001:9001/udp',
      '8002:9002/udp',
    ]);
  });

  test('may leave out the guest’s port when they end', () => {
    const published = { hostAddress: '', hostPort: 8080, guestPort: 0, protocol: 'tcp' };
    expect(readUnpublication('8080')).toEqual({ value: [published] });
    expect(readPublication('8080')).toEqual({ problem: expect.stringContaining('HOST_PORT:GUEST_PORT') });
  });

  test.each([
    ['8080:80/sctp', 'such as 8080:80'],
    ['0:80', 'a port, 1 to 65535, is 0'],
    ['8080:65536', 'a port, 1 to 65535, is 65536'],
    ['300.1.1.1:80:80', 'an IPv4 address of the host'],
    ['[::1]:80:80', 'an IPv4 address of the host'],
    ['8000-8002:80', '3 ports of the host for 1 of the guest'],
    ['8002-8000:80-82', 'ends before it begins'],
    ['web:80', 'such as 8080:80'],
    ['', 'such as 8080:80'],
  ])('%s is refused: %s', (text, why) => {
    expect(readPublication(text)).toEqual({ problem: expect.stringContaining(why) });
  });
});

describe('egress rules', () => {
  test.each([
    ['allow:example.org:443/tcp', { action: 'allow', destination: 'example.org', port: 443, protocol: 'tcp' }],
    ['deny:10.0.0.0/8', { action: 'deny', destination: '10.0.0.0/8', port: 0, protocol: 'any' }],
    ['deny:10.0.0.0/8/udp', { action: 'deny', destination: '10.0.0.0/8', port: 0, protocol: 'udp' }],
    ['allow:[2001:db8::/32]:53', { action: 'allow', destination: '2001:db8::/32', port: 53, protocol: 'any' }],
    ['deny:all', { action: 'deny', destination: 'all', port: 0, protocol: 'any' }],
  ])('%s', (text, rule) => expect(readEgressRule(text)).toEqual({ value: rule }));

  test.each([
    ['example.org', 'must be allow:DESTINATION or deny:DESTINATION'],
    ['allow:10.0.0.1/8', 'has bits set behind the prefix'],
    ['allow:10.0.0', 'must be an address or a prefix'],
    ['allow:web', 'must be a domain'],
    ['allow:ex ample.org', 'must be a domain'],
    ['allow:*.*.org', 'must be a domain'],
    ['allow:example.org:0', 'must be a port'],
    ['allow:bücher.example', 'with xn--'],
    ['reject:all', 'must be allow:DESTINATION or deny:DESTINATION'],
  ])('%s is refused: %s', (text, why) => {
    expect(readEgressRule(text)).toEqual({ problem: expect.stringContaining(why) });
  });
});
