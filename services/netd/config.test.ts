import { expect, test } from '@jest/globals';
import { configSection } from '../../lib/config.js';
import type { BangerError } from '../../lib/errors.js';
import { configSchema } from './config.js';

const read = (text: string) => configSection({ text, path: 'config.toml', env: {} }, 'netd', configSchema);
const problems = (text: string) => {
  try {
    read(text);
    return [];
  } catch (error) {
    return (error as BangerError).fields.map(({ field }) => field).sort();
  }
};

test('nothing has to be set', () => {
  expect(read('')).toEqual({
    ipv4_pool: '10.77.0.0/16',
    tap_prefix: 'bgr',
    nft_table: 'banger',
    dns_port: 42069,
    check_seconds: 30,
    ...{ ipv6: true, ipv6_pool: '', ipv6_routed: false },
  });
});

test('a second banger has names of its own', () => {
  const text = '[netd]\nipv4_pool = "10.78.0.0/24"\ntap_prefix = "dev"\nnft_table = "banger_dev"\ndns_port = 42070';
  expect(read(text)).toEqual({
    ipv4_pool: '10.78.0.0/24',
    tap_prefix: 'dev',
    nft_table: 'banger_dev',
    dns_port: 42070,
    check_seconds: 30,
    ...{ ipv6: true, ipv6_pool: '', ipv6_routed: false },
  });
});

test('every problem is told at once', () => {
  expect(problems('[netd]\nipv4_pool = "10.77.0.1/16"\nnft_table = "a b"\ndns_port = 0')).toEqual([
    'netd.dns_port',
    'netd.ipv4_pool',
    'netd.nft_table',
  ]);
});

test('a prefix too long for the pool’s tap names is refused', () => {
  expect(problems('[netd]\ntap_prefix = "elevenchars"')).toEqual(['netd.tap_prefix']);
  expect(problems('[netd]\ntap_prefix = "tenletters"')).toEqual([]);
});

test('a pool of IPv6 has room for as many as that of IPv4; only one that is set can be routed', () => {
  expect(read('[netd]\nipv6_pool = "2001:db8:1::/64"\nipv6_routed = true')).toMatchObject({ ipv6_routed: true });
  expect(read('[netd]\nipv6 = false')).toMatchObject({ ipv6: false });
  expect(problems('[netd]\nipv6_pool = "2001:db8::/113"')).toEqual(['netd.ipv6_pool']);
  expect(problems('[netd]\nipv6_pool = "10.0.0.0/8"')).toEqual(['netd.ipv6_pool']);
  expect(problems('[netd]\nipv6_routed = true')).toEqual(['netd.ipv6_routed']);
});
