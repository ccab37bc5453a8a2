import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client, credentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DnsServiceService, ListRecordsResponse } from '../../gen/banger/dnsd/v1/dns_service.js';
import { VmServiceService, WatchVmsResponse } from '../../gen/banger/vmm/v1/vm_service.js';
import { HealthService, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/grpc/health/v1/health.js';
import { currentContext } from '../context.js';
import { silentLog } from '../log.js';
import { tempFolder } from '../testing/temp-folder.js';
import { type AccessRules, ownUserOnly } from './access.js';
import { createClient } from './client.js';
import type { Handlers } from './contract.js';
import { bind, type RunningServer, serve } from './server.js';

/** We are the only caller here; the rules decide what we are. test/host/access.test.ts has callers of other users. */

const own = process.geteuid?.() ?? 0;
const strangers: AccessRules = { adminUids: [], adminGroup: undefined, readers: undefined, services: new Map() };
const readers: AccessRules = { ...strangers, readers: 'everyone' };

let folder: Awaited<ReturnType<typeof tempFolder>>;
let socket: string;
let server: RunningServer | undefined;
let clients: { close(): void }[] = [];
const handled: string[] = [];

beforeEach(async () => {
  folder = await tempFolder();
  socket = join(folder.path, 's.sock');
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  clients = [];
  handled.length = 0;
  await server?.stop(200);
  server = undefined;
  await folder.remove();
});

async function serveWith(access: AccessRules) {
  const handlers = {
    getVm: () => {
      handled.push('getVm');
      return {};
    },
    deleteVm: () => {
      handled.push('deleteVm');
      return {};
    },
    watchVms: async function* () {
      yield WatchVmsResponse.fromPartial({ revision: 7 });
    },
    attachConsole: async function* () {
      handled.push('attachConsole');
      yield {};
    },
  } as unknown as Handlers<typeof VmServiceService>;
  const bindings = [bind(VmServiceService, handlers)];
  server = await serve({ service: 'vmm', socketPath: socket, bindings, log: silentLog, access });
  return keep(createClient(VmServiceService, 'vmm', socket));
}

function keep<C extends { close(): void }>(client: C): C {
  clients.push(client);
  return client;
}

async function firstOf<T>(stream: AsyncIterable<T>): Promise<T | undefined> {
  for await (const message of stream) return message;
  return undefined;
}

const denied = { kind: 'wrong-state', reason: 'CALLER_DENIED' };

describe('a reader', () => {
  test('reads, once and in streams', async () => {
    const client = await serveWith(readers);
    await client.getVm({ name: 'web' });
    expect(await firstOf(client.watchVms({ name: '', selector: '' }))).toMatchObject({ revision: 7 });
  });

  test('changes nothing: its request is not looked at', async () => {
    const client = await serveWith(readers);
    await expect(client.deleteVm({ name: 'web', force: true, purge: true } as never)).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('cannot call DeleteVm of vmm: user'),
      metadata: { uid: String(own), role: 'reader', method: 'DeleteVm' },
    });
    const requests = (async function* () {})();
    await expect(firstOf(client.attachConsole(requests))).rejects.toMatchObject(denied);
    expect(handled).toEqual([]);
  });

  test('asks for health', async () => {
    await serveWith(readers);
    const health = keep(createClient(HealthService, 'vmm', socket));
    expect(await health.check({ service: '' })).toEqual({ status: ServingStatus.SERVING });
  });
});

test('a stranger gets an answer to every call, and no more than that', async () => {
  const client = await serveWith(strangers);
  await expect(client.getVm({ name: 'web' })).rejects.toMatchObject(denied);
  await expect(firstOf(client.watchVms({ name: '', selector: '' }))).rejects.toMatchObject(denied);
  const health = keep(createClient(HealthService, 'vmm', socket));
  await expect(health.check({ service: '' })).rejects.toMatchObject(denied);
  expect(handled).toEqual([]);
});

test('on the wire a refusal is PERMISSION_DENIED', async () => {
  await serveWith(readers);
  const bare = keep(new Client(`unix:${socket}`, credentials.createInsecure()));
  const { path, requestSerialize, responseDeserialize } = VmServiceService.deleteVm;
  const error = await new Promise((resolve) => {
    bare.makeUnaryRequest(path, requestSerialize, responseDeserialize, { name: 'web' } as never, resolve);
  });
  expect(error).toMatchObject({ code: status.PERMISSION_DENIED });
});

test('a handler is told who calls', async () => {
  const seen: unknown[] = [];
  const handlers = {
    listRecords: () => {
      seen.push(currentContext()?.caller);
      return ListRecordsResponse.fromPartial({});
    },
  } as unknown as Handlers<typeof DnsServiceService>;
  const bindings = [bind(DnsServiceService, handlers)];
  server = await serve({ service: 'dnsd', socketPath: socket, bindings, log: silentLog, access: ownUserOnly(own) });
  await keep(createClient(DnsServiceService, 'dnsd', socket)).listRecords({});
  const groups = (process.getgroups?.() ?? []).filter((gid) => gid !== process.getegid?.());
  expect(seen).toEqual([
    { uid: own, gid: process.getegid?.(), pid: process.pid, groups: expect.arrayContaining(groups) },
  ]);
});

test('a connection that says nothing, or what is no HTTP/2, keeps nobody else out and holds up no stop', async () => {
  const client = await serveWith(ownUserOnly(own));
  const ended = (write: string) =>
    new Promise<void>((resolve) => {
      const connection = connect(socket, () => connection.write(write));
      connection.on('error', () => undefined);
      connection.once('close', () => resolve());
      connection.resume();
    });
  const others = [ended(''), ended('GET / HTTP/1.1\r\n\r\n')];
  await client.getVm({ name: 'web' });
  await server?.stop(200);
  server = undefined;
  await Promise.all(others);
  expect(existsSync(socket)).toBe(false);
});
