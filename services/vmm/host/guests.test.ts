import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { TcpGuests } from './guests.js';

const guests = new TcpGuests({ identityFile: '/nowhere/key', knownHostsFile: '/nowhere/known_hosts' });
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A server that says each of these to one caller after the other; the last one to all that follow. */
async function listen(lines: string[], port = 0): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end((lines.length > 1 ? lines.shift() : lines[0]) ?? '');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const never = new AbortController().signal;

test('a guest answers when its ssh server says its banner', async () => {
  const port = await listen(['SSH-2.0-OpenSSH_9.2\r\n']);
  await expect(guests.answers('127.0.0.1', never, port)).resolves.toBeUndefined();
});

test('a server that closes at once, or is another one, is asked again', async () => {
  const port = await listen(['', 'HTTP/1.1 400 Bad Request\r\n', 'SSH-2.0-x\r\n']);
  await expect(guests.answers('127.0.0.1', never, port)).resolves.toBeUndefined();
});

test('a guest that refuses connections is waited for', async () => {
  const port = await listen(['']);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  const answered = guests.answers('127.0.0.1', never, port);
  await listen(['SSH-2.0-x\r\n'], port);
  await expect(answered).resolves.toBeUndefined();
});

test('the wait ends with the signal, and with its reason', async () => {
  const port = await listen(['']);
  const gone = new AbortController();
  const answered = guests.answers('127.0.0.1', gone.signal, port);
  const reason = new Error('changed my mind');
  gone.abort(reason);
  await expect(answered).rejects.toBe(reason);
});
