import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { createHostPorts } from './host-ports.js';

const ports = createHostPorts();
const look = (hostPort: number, protocol: 'tcp' | 'udp', hostAddress = '') =>
  ports.look({ hostAddress, hostPort, guestPort: 80, protocol });

test('a port is taken for everyone while a program listens at it, and for its protocol only', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await look(port, 'tcp')).toBe('taken');
  expect(await look(port, 'tcp', '127.0.0.1')).toBe('taken');
  expect(await look(port, 'udp')).toBe('free');
  server.close();
  await once(server, 'close');
  expect(await look(port, 'tcp')).toBe('free');
});

test('so is one of datagrams', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  expect(await look(port, 'udp')).toBe('taken');
  socket.close();
  await once(socket, 'close');
  expect(await look(port, 'udp', '127.0.0.1')).toBe('free');
});

test('an address that the host does not have is told', async () => {
  // TEST-NET-1, RFC 5737: nobody's.
  expect(await look(8080, 'tcp', '192.0.2.1')).toBe('no-address');
  expect(await look(8080, 'udp', '192.0.2.1')).toBe('no-address');
});
