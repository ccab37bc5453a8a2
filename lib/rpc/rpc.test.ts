import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DnsServiceService, GetDnsStatusResponse, ListRecordsResponse } from '../../gen/banger/dnsd/v1/dns_service.js';
import { VmServiceService, WatchVmsResponse } from '../../gen/banger/vmm/v1/vm_service.js';
import { currentContext } from '../context.js';
import { BangerError, hostNotReady, invalidRequest } from '../errors.js';
import { silentLog } from '../log.js';
import { tempFolder } from '../testing/temp-folder.js';
import { createClient } from './client.js';
import type { Handlers } from './contract.js';
import { bind, type RunningServer, serve } from './server.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let socket: string;
const running: RunningServer[] = [];

beforeEach(async () => {
  folder = await tempFolder();
  socket = join(folder.path, 's.sock');
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop(200);
  await folder.remove();
});

type DnsHandlers = Handlers<typeof DnsServiceService>;

async function serveDns(handlers: Partial<DnsHandlers>) {
  const bindings = [bind(DnsServiceService, handlers as DnsHandlers)];
  const server = await serve({ service: 'dnsd', socketPath: socket, bindings, log: silentLog });
  running.push(server);
  return createClient(DnsServiceService, 'dnsd', socket);
}

test('a call reaches its handler with its request id', async () => {
  const seen: string[] = [];
  const client = await serveDns({
    listRecords: (_request, { requestId }) => {
      seen.push(requestId);
      return ListRecordsResponse.fromPartial({ records: [{ name: 'web.vm.' }] });
    },
  });
  const { records } = await client.listRecords({}, { requestId: 'r-1' });
  client.close();
  expect(records.map((r) => r.name)).toEqual(['web.vm.']);
  expect(seen).toEqual(['r-1']);
});

test('what a handler asks of another service has the id of its request, and runs as its method', async () => {
  const seen: unknown[] = [];
  const client = await serveDns({
    getDnsStatus: async () => {
      seen.push(currentContext());
      await client.listRecords({});
      return GetDnsStatusResponse.fromPartial({});
    },
    listRecords: () => {
      seen.push(currentContext());
      return ListRecordsResponse.fromPartial({});
    },
  });
  await client.getDnsStatus({}, { requestId: 'r-2' });
  client.close();
  const caller = expect.objectContaining({ uid: process.geteuid?.(), pid: process.pid });
  expect(seen).toEqual([
    { requestId: 'r-2', verb: 'GetDnsStatus', caller },
    { requestId: 'r-2', verb: 'ListRecords', caller },
  ]);
});

test('a socket is open to the group of its folder, and to nobody else', async () => {
  // Only root can give a folder to a group that it is not in.
  const gid = process.geteuid?.() === 0 ? 4711 : (process.getegid?.() ?? 0);
  chownSync(folder.path, -1, gid);
  const client = await serveDns({});
  client.close();
  expect(statSync(socket)).toMatchObject({ gid, mode: 0o140660 });
});

const errors = {
  fields: invalidRequest('create vm Web', [{ field: 'name', description: 'must be a DNS label' }]),
  preconditions: hostNotReady('start vm web', [
    { type: 'TOOL', subject: 'qemu', description: 'apt install qemu-system-x86' },
  ]),
  metadata: new BangerError('not-found', 'VM_NOT_FOUND', 'no vm web', { metadata: { vm: 'web' } }),
};

test.each(Object.entries(errors))('an error crosses the wire whole, with its %s', async (_what, error) => {
  const client = await serveDns({
    listRecords: () => {
      throw error;
    },
  });
  const received = await client.listRecords({}).catch((e: BangerError) => e);
  client.close();
  expect(received).toMatchObject({
    kind: error.kind,
    reason: error.reason,
    message: error.message,
    metadata: error.metadata,
    fields: error.fields,
    preconditions: error.preconditions,
  });
});

test('an unexpected failure tells the caller nothing but a request id', async () => {
  const client = await serveDns({
    listRecords: () => {
      throw new Error('secret detail');
    },
  });
  const failed = client.listRecords({}, { requestId: 'r-7' });
  await expect(failed).rejects.toMatchObject({ kind: 'internal', message: expect.stringContaining('r-7') });
  await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  client.close();
});

test('a passed deadline ends the handler’s wait and gives DEADLINE_EXCEEDED', async () => {
  let ended: (() => void) | undefined;
  const handlerEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const client = await serveDns({
    listRecords: (_request, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended?.();
          reject(signal.reason);
        });
      }),
  });
  await expect(client.listRecords({}, { deadlineMs: 100 })).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  await handlerEnded;
  client.close();
});

test('nothing at the socket is SERVICE_UNREACHABLE and says what to do', async () => {
  const client = createClient(DnsServiceService, 'dnsd', socket);
  await expect(client.listRecords({})).rejects.toMatchObject({
    kind: 'unavailable',
    reason: 'SERVICE_UNREACHABLE',
    message: expect.stringContaining('banger daemon start'),
  });
  client.close();
});

async function serveWatch(watch: (signal: AbortSignal) => AsyncIterable<WatchVmsResponse>) {
  const handlers = { watchVms: (_request: unknown, { signal }: { signal: AbortSignal }) => watch(signal) };
  const bindings = [bind(VmServiceService, handlers as never)];
  const server = await serve({ service: 'vmm', socketPath: socket, bindings, log: silentLog });
  running.push(server);
  return { server, client: createClient(VmServiceService, 'vmm', socket) };
}

test('leaving a stream ends the call on the server too', async () => {
  let aborted: (() => void) | undefined;
  const serverSaw = new Promise<void>((resolve) => {
    aborted = resolve;
  });
  const { client } = await serveWatch(async function* (signal) {
    signal.addEventListener('abort', () => aborted?.());
    for (let revision = 1; !signal.aborted; revision++) yield WatchVmsResponse.fromPartial({ revision });
  });
  for await (const event of client.watchVms({ name: '', selector: '' })) if (event.revision >= 3) break;
  await serverSaw;
  client.close();
});

test('a reader that goes while the server waits for room ends the handler', async () => {
  let left: (() => void) | undefined;
  const handlerLeft = new Promise<void>((resolve) => {
    left = resolve;
  });
  const name = 'x'.repeat(100_000);
  const { client } = await serveWatch(async function* () {
    try {
      for (;;) yield WatchVmsResponse.fromPartial({ event: { $case: 'deleted', value: { name } } });
    } finally {
      left?.();
    }
  });
  const controller = new AbortController();
  const stream = client.watchVms({ name: '', selector: '' }, { signal: controller.signal })[Symbol.asyncIterator]();
  await stream.next();
  controller.abort(new Error('enough'));
  await handlerLeft;
  const drain = async () => {
    while (!(await stream.next()).done);
  };
  await expect(drain()).rejects.toThrow('enough');
  client.close();
});

test('a stopping server ends streams with SHUTTING_DOWN and removes its socket', async () => {
  const { server, client } = await serveWatch(async function* (signal) {
    yield WatchVmsResponse.fromPartial({ revision: 1 });
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  });
  const stream = client.watchVms({ name: '', selector: '' })[Symbol.asyncIterator]();
  await stream.next();
  const rest = stream.next();
  const stopped = server.stop();
  await expect(rest).rejects.toMatchObject({ kind: 'unavailable', reason: 'SHUTTING_DOWN' });
  client.close();
  await stopped;
  running.length = 0;
  expect(existsSync(socket)).toBe(false);
});

test('a second server on the same socket is refused, and the first goes on', async () => {
  const client = await serveDns({ listRecords: () => ListRecordsResponse.fromPartial({}) });
  await expect(serveDns({})).rejects.toMatchObject({ reason: 'SOCKET_IN_USE' });
  await expect(client.listRecords({})).resolves.toEqual({ records: [] });
  client.close();
});

test('a socket left by a killed process is taken over', async () => {
  const { spawnSync } = await import('node:child_process');
  const script = `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 9))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(existsSync(socket)).toBe(true);
  const client = await serveDns({ listRecords: () => ListRecordsResponse.fromPartial({}) });
  await expect(client.listRecords({})).resolves.toEqual({ records: [] });
  client.close();
});

test('a foreign listener or a plain file in the way is refused, and left alone', async () => {
  const foreign = createServer().listen(socket);
  await new Promise((resolve) => foreign.once('listening', resolve));
  await expect(serveDns({})).rejects.toMatchObject({ reason: 'SOCKET_IN_USE' });
  foreign.close();
  writeFileSync(socket, 'precious');
  await expect(serveDns({})).rejects.toMatchObject({ reason: 'SOCKET_IN_USE' });
  expect(existsSync(socket)).toBe(true);
  // Who was refused keeps nobody else out.
  rmSync(socket);
  await serveDns({});
});

test('one that stands still, and has taken as many in as it can hold, is there all the same', async () => {
  const script = [
    'import socket, sys',
    'listener = socket.socket(socket.AF_UNIX)',
    'listener.bind(sys.argv[1])',
    'listener.listen(0)',
    'print("up", flush=True)',
    'sys.stdin.read()',
  ].join('\n');
  const still = spawn('python3', ['-c', script, socket], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(still.stdout, 'data');
  const waiting = connect(socket);
  await once(waiting, 'connect');
  try {
    await expect(serveDns({})).rejects.toMatchObject({ reason: 'SOCKET_IN_USE' });
    expect(existsSync(socket)).toBe(true);
  } finally {
    waiting.destroy();
    still.stdin.end();
    await once(still, 'exit');
  }
});

test('a path that the kernel would cut off is refused', async () => {
  socket = join(folder.path, `${'x'.repeat(120)}.sock`);
  await expect(serveDns({})).rejects.toMatchObject({ reason: 'SOCKET_PATH_TOO_LONG' });
});
