import { expect, test } from '@jest/globals';
import { configSection } from '../../lib/config.js';
import { configSchema } from './config.js';

const read = (text: string, env: Record<string, string> = {}) =>
  configSection({ text, path: 'config.toml', env }, 'dnsd', configSchema);

test('without a word the service answers on loopback', () => {
  expect(read('')).toEqual({ address: '127.0.0.1', port: 42069, upstreams: [] });
});

test('the file and the environment decide', () => {
  const text = '[dnsd]\nport = 5300\nupstreams = ["192.0.2.53", "[2001:db8::53]:5353"]\n';
  expect(read(text, { BANGER_DNSD_PORT: '5301' })).toEqual({
    address: '127.0.0.1',
    port: 5301,
    upstreams: ['192.0.2.53', '[2001:db8::53]:5353'],
  });
});

test('every mistake is told at once', () => {
  const text = '[dnsd]\naddress = "localhost"\nport = 65536\nupstreams = ["dns.example"]\ncolour = "red"\n';
  expect(() => read(text)).toThrow(/dnsd\.address: .*dnsd\.port: .*dnsd\.upstreams\.0: must be an IP address.*colour/);
});

test('the address of the guests is not to be taken from them', () => {
  expect(() => read('[dnsd]\naddress = "0.0.0.0"\n')).toThrow('must be one address of this host');
});
