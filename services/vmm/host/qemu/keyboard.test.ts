import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../../lib/clock.js';
import { tempFolder } from '../../../../lib/testing/temp-folder.js';
import { ConsoleSocket } from './keyboard.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: Server;
let heard: string;
const clients: Socket[] = [];
let console: ConsoleSocket;

beforeEach(async () => {
  folder = await tempFolder();
  const path = join(folder.path, 'console.sock');
  heard = '';
  clients.splice(0);
  server = createServer((socket) => {
    clients.push(socket);
    socket.on('data', (data) => {
      heard += data.toString();
    });
    socket.write('login: ');
  }).listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
  console = new ConsoleSocket(path, 'web');
});

afterEach(async () => {
  console.close();
  for (const client of clients) client.destroy();
  await new Promise((resolve) => server.close(resolve));
  await folder.remove();
});

const bytes = (text: string) => Buffer.from(text);
const hears = (text: string) => pollUntil(() => heard === text, { what: `${text} is heard`, timeoutMs: 30_000 });
const left = (count: number) =>
  pollUntil(() => clients.filter((client) => !client.destroyed).length === count, {
    what: `${count} connections are left`,
    timeoutMs: 30_000,
  });

test('all keyboards share one connection, which goes with the last of them', async () => {
  const keyboards = await Promise.all([console.open(), console.open()]);
  await keyboards[0]?.type(bytes('one '));
  await keyboards[1]?.type(bytes('two '));
  keyboards[0]?.close();
  keyboards[0]?.close();
  await keyboards[1]?.type(bytes('three'));
  await hears('one two three');
  expect(clients).toHaveLength(1);
  keyboards[1]?.close();
  await left(0);
});

test('what was typed last arrives, and the next one gets a new connection', async () => {
  const first = await console.open();
  await first.type(bytes('last'));
  first.close();
  const second = await console.open();
  await second.type(bytes('first'));
  await hears('lastfirst');
  expect(clients).toHaveLength(2);
});

test('a connection that was lost is told to those who type, and made anew for others', async () => {
  const keyboard = await console.open();
  await keyboard.type(bytes('a'));
  await hears('a');
  clients[0]?.destroy();
  await pollUntil(
    () =>
      keyboard.type(bytes('b')).then(
        () => false,
        (error) => error.reason === 'HYPERVISOR_UNRESPONSIVE',
      ),
    { what: 'typing fails', timeoutMs: 30_000 },
  );
  const again = await console.open();
  await again.type(bytes('c'));
  await pollUntil(() => heard.endsWith('c'), { what: 'c is heard', timeoutMs: 30_000 });
});

test('nobody at the socket is told at once', async () => {
  const nobody = new ConsoleSocket(join(folder.path, 'none'), 'web');
  await expect(nobody.open()).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
});
