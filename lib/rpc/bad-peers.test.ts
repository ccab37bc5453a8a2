import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DnsServiceService, ListRecordsResponse } from '../../gen/banger/dnsd/v1/dns_service.js';
import { VmServiceService } from '../../gen/banger/vmm/v1/vm_service.js';
import { silentLog } from '../log.js';
import { tempFolder } from '../testing/temp-folder.js';
import { createClient } from './client.js';
import type { Handlers } from './contract.js';
import { bind, serve } from './server.js';

/** Whatever sits at a service's socket, a call ends by its deadline with an error that says so. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let socket: string;
const sockets = new Set<Socket>();

beforeEach(async () => {
  folder = await tempFolder();
  socket = join(folder.path, 's.sock');
});
afterEach(() => folder.remove());

/** A peer that does this with every connection. */
const speaking = (speak: (socket: Socket) => void) => createServer((connection) => speak(connection));

async function listening(server: Server): Promise<() => Promise<void>> {
  server.on('connection', (connection: Socket) => {
    sockets.add(connection);
    connection.on('error', () => undefined).on('close', () => sockets.delete(connection));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return () =>
    new Promise((resolve) => {
      for (const connection of sockets) connection.destroy();
      server.close(() => resolve());
    });
}

/** The settings frame that a server begins with: RFC 9113, 3.4 and 6.5. */
const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
/** A DATA frame for a stream that nobody has opened, longer than what follows. */
const halfAFrame = Buffer.concat([settings, Buffer.from([0, 0x40, 0, 0, 0, 0, 0, 0, 1]), Buffer.from('half')]);

function endless(connection: Socket): void {
  const piece = Buffer.alloc(16_384, 0x5a);
  const more = () => {
    while (!connection.destroyed && connection.write(piece));
  };
  connection.on('drain', more);
  more();
}

const peers: Readonly<Record<string, () => Server>> = {
  'says nothing': () => speaking(() => undefined),
  'closes at once': () => speaking((connection) => connection.end()),
  'closes at the first request': () => speaking((connection) => connection.once('data', () => connection.destroy())),
  'speaks HTTP/1': () => createHttpServer((_request, response) => response.end('hello')) as Server,
  'speaks nonsense': () => speaking((connection) => connection.write('\u0000\u0001 what? \r\n\r\n')),
  'speaks nonsense without end': () => speaking(endless),
  'sends half a frame': () => speaking((connection) => connection.write(halfAFrame)),
  'speaks HTTP/2 that is no gRPC': () =>
    createHttp2Server((_request, response) => response.end('<html>')) as unknown as Server,
  'says ok and sends no message': () =>
    createHttp2Server((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/grpc', 'grpc-status': '0' });
      response.end();
    }) as unknown as Server,
  'answers with bytes that mean nothing': () =>
    createHttp2Server((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/grpc' });
      response.end(Buffer.from([0, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff]));
    }) as unknown as Server,
};

const deadlineMs = 400;
const known = ['SERVICE_UNREACHABLE', 'DEADLINE_EXCEEDED', 'INTERNAL'];

describe.each([false, true])('a client that waits for its peer: %s', (waitForReady) => {
  test.each(Object.keys(peers))('a peer that %s', async (what) => {
    const close = await listening((peers[what] as () => Server)());
    const client = createClient(DnsServiceService, 'dnsd', socket, { waitForReady });
    const error = await client.listRecords({}, { deadlineMs }).then(
      () => 'an answer',
      (reason) => reason,
    );
    expect(known).toContain(error.reason);
    // Unless it is clear what is wrong, the peer is named, so that one knows where to look.
    if (error.reason !== 'INTERNAL') expect(error.message).toContain('dnsd at');
    await close();
    client.close();
  });
});

test('a stream from a peer that speaks nonsense ends by its deadline', async () => {
  const close = await listening((peers['says nothing'] as () => Server)());
  const client = createClient(VmServiceService, 'vmm', socket, { waitForReady: true });
  const read = async () => {
    for await (const _ of client.watchVms({ name: '', selector: '' }, { deadlineMs })) expect(_).toBeUndefined();
  };
  await expect(read()).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  await close();
  client.close();
});

test('a client goes on when a real service is there again', async () => {
  const close = await listening((peers['speaks nonsense'] as () => Server)());
  const client = createClient(DnsServiceService, 'dnsd', socket, { waitForReady: true });
  await expect(client.listRecords({}, { deadlineMs })).rejects.toBeDefined();
  await close();
  const answer = ListRecordsResponse.fromPartial({ records: [{ name: 'web.vm.' }] });
  const handlers = { listRecords: () => answer } as unknown as Handlers<typeof DnsServiceService>;
  const bindings = [bind(DnsServiceService, handlers)];
  const server = await serve({ service: 'dnsd', socketPath: socket, bindings, log: silentLog });
  expect((await client.listRecords({})).records).toHaveLength(1);
  client.close();
  await server.stop(200);
});

test('a service that keeps another contract says so at once', async () => {
  const bindings = [bind(DnsServiceService, {} as Handlers<typeof DnsServiceService>)];
  const server = await serve({ service: 'dnsd', socketPath: socket, bindings, log: silentLog });
  const client = createClient(VmServiceService, 'vmm', socket);
  await expect(client.listVms({ pageSize: 0, pageToken: '', selector: '' })).rejects.toMatchObject({
    kind: 'unsupported',
  });
  client.close();
  await server.stop(200);
});

test.each([
  ['a year forward', 31_536_000_000],
  ['a day back', -86_400_000],
])('a clock that jumps %s in the middle of a call neither ends it nor holds it up', async (_name, jump) => {
  const asked = new EventTarget();
  const isAsked = new Promise((resolve) => asked.addEventListener('call', resolve, { once: true }));
  const answered = new Promise((resolve) => asked.addEventListener('answer', resolve, { once: true }));
  const handlers = {
    listRecords: async () => {
      asked.dispatchEvent(new Event('call'));
      await answered;
      return ListRecordsResponse.fromPartial({});
    },
  } as unknown as Handlers<typeof DnsServiceService>;
  const bindings = [bind(DnsServiceService, handlers)];
  const server = await serve({ service: 'dnsd', socketPath: socket, bindings, log: silentLog });
  const client = createClient(DnsServiceService, 'dnsd', socket);
  const call = client.listRecords({}, { deadlineMs: 60_000 });
  await isAsked;
  const real = Date.now;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => real() + jump);
  asked.dispatchEvent(new Event('answer'));
  expect((await call).records).toEqual([]);
  // The next one begins with the new time.
  expect((await client.listRecords({}, { deadlineMs: 60_000 })).records).toEqual([]);
  clock.mockRestore();
  client.close();
  await server.stop(200);
});
