import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { silentLog } from '../../../lib/log.js';
import { testNameServer } from '../testing/name-server.js';
import { Traffic } from './endpoint.js';
import { DnsListener } from './listener.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function make(port: number): DnsListener {
  const listener = new DnsListener({
    role: 'host',
    port,
    respond: (message) => message,
    admits: () => true,
    traffic: new Traffic(),
    log: silentLog,
  });
  open.push({ close: () => listener.close('over') });
  return listener;
}

const until = (what: string, probe: () => boolean) => pollUntil(probe, { what, timeoutMs: 20_000, everyMs: 10 });

test('a port in use is said, tried again, and had as soon as it is free', async () => {
  const other = await testNameServer(() => []);
  const listener = make(other.port);
  await listener.open('127.0.0.1');
  expect(listener.state()).toMatchObject({ listening: false, port: other.port });
  expect(listener.state().error).toContain('another program has the port');
  await other.close();
  await until('the listener has its port', () => listener.state().listening);
  expect(listener.state()).toMatchObject({ error: '', port: other.port });
});

test('with only TCP to be had, UDP is not taken either', async () => {
  const first = make(0);
  await first.open('127.0.0.1');
  const { port } = first.state();
  await first.close('over');
  const tcpOnly: Server = createServer();
  await new Promise<void>((resolve) => tcpOnly.listen(port, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => tcpOnly.close(resolve)) });
  const second = make(port);
  await second.open('127.0.0.1');
  expect(second.state().listening).toBe(false);
  const dgram = await import('node:dgram');
  const udp = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => udp.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve()));
  udp.close();
});

test('an address that is not here is named; another one is opened in its place', async () => {
  const listener = make(0);
  await listener.open('192.0.2.1');
  expect(listener.state().error).toContain('not on this host');
  await listener.open('127.0.0.1');
  expect(listener.state()).toMatchObject({ listening: true, address: '127.0.0.1', error: '' });
});

test('opening again where it listens changes nothing; closing lets go of the port and says why', async () => {
  const listener = make(0);
  await listener.open('127.0.0.1');
  const { port } = listener.state();
  await listener.open('127.0.0.1');
  expect(listener.state()).toMatchObject({ listening: true, port });
  await listener.close('no VM');
  expect(listener.state()).toMatchObject({ listening: false, error: 'no VM' });
  const heir = await testNameServer(() => [], '127.0.0.1', port);
  await heir.close();
});
