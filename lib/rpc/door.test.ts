import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { DnsServiceService, ListRecordsResponse } from '../../gen/banger/dnsd/v1/dns_service.js';
import type { PeerReader } from '../host/peer-credentials.js';
import { silentLog } from '../log.js';
import { tempFolder } from '../testing/temp-folder.js';
import { ownUserOnly } from './access.js';
import type { Handlers } from './contract.js';

/** A kernel that lies about who connects, or does not tell: nobody is let in. */

let reader: PeerReader;
jest.unstable_mockModule('../host/peer-credentials.js', () => ({
  loadPeerReader: async (): Promise<PeerReader> => (socket) => reader(socket),
}));
const { bind, serve } = await import('./server.js');
const { createClient } = await import('./client.js');

const own = process.geteuid?.() ?? 0;
const peer = (uid: number) => ({ uid, gid: uid, pid: 1, groups: [] });

let folder: Awaited<ReturnType<typeof tempFolder>>;
let socket: string;
const handled: string[] = [];
beforeEach(async () => {
  folder = await tempFolder();
  socket = join(folder.path, 's.sock');
  handled.length = 0;
});
afterEach(() => folder.remove());

const handlers = {
  listRecords: () => {
    handled.push('listRecords');
    return ListRecordsResponse.fromPartial({});
  },
} as unknown as Handlers<typeof DnsServiceService>;
const start = () =>
  serve({
    ...{ service: 'dnsd', socketPath: socket, log: silentLog, access: ownUserOnly(own) },
    bindings: [bind(DnsServiceService, handlers)],
  });

test('a socket is not opened when the first to connect, ourselves, is said to be another', async () => {
  reader = () => peer(own + 1);
  await expect(start()).rejects.toThrow(`the kernel says that user ${own + 1} connected, and we did`);
  expect(existsSync(socket)).toBe(false);
});

test('a connection of which nobody can tell who made it is closed, and the next one is served', async () => {
  reader = () => peer(own);
  const server = await start();
  const client = createClient(DnsServiceService, 'dnsd', socket);
  reader = () => {
    reader = () => peer(own);
    throw new Error('ENOTCONN');
  };
  await expect(client.listRecords({})).rejects.toMatchObject({ kind: 'unavailable' });
  expect(handled).toEqual([]);
  const next = createClient(DnsServiceService, 'dnsd', socket, { waitForReady: true });
  await next.listRecords({});
  expect(handled).toEqual(['listRecords']);
  for (const each of [client, next]) each.close();
  await server.stop(200);
});
