import { EventEmitter, getEventListeners } from 'node:events';
import { join } from 'node:path';
import { Client, type ClientReadableStream, credentials, Metadata, type Server, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DnsServiceService } from '../../gen/banger/dnsd/v1/dns_service.js';
import { HealthService, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/grpc/health/v1/health.js';
import { silentLog } from '../log.js';
import { tempFolder } from '../testing/temp-folder.js';
import { createClient } from './client.js';
import type { Handlers, RpcClient } from './contract.js';
import { addHealth } from './health-service.js';
import { bind, type RunningServer, serve } from './server.js';

const dns = 'banger.dnsd.v1.DnsService';
const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = ServingStatus;

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: RunningServer;
let socket: string;
let health: RpcClient<typeof HealthService>;
let bare: Client;

beforeEach(async () => {
  folder = await tempFolder();
  socket = join(folder.path, 's.sock');
  const bindings = [bind(DnsServiceService, {} as Handlers<typeof DnsServiceService>)];
  server = await serve({ service: 'dnsd', socketPath: socket, bindings, log: silentLog });
  health = createClient(HealthService, 'dnsd', socket);
  bare = new Client(`unix:${socket}`, credentials.createInsecure());
});
afterEach(async () => {
  health.close();
  bare.close();
  await server.stop(200);
  await folder.remove();
});

/** The statuses that a watch tells; `then` is called after each. */
async function watched(service: string, then: () => void): Promise<ServingStatus[]> {
  const seen: ServingStatus[] = [];
  for await (const { status } of health.watch({ service })) {
    seen.push(status);
    then();
  }
  return seen;
}

/** The same by nothing but bytes, as grpc.health.v1 writes them. */
const check = (service: string) =>
  new Promise<Buffer>((resolve, reject) => {
    const asIs = (bytes: Buffer) => bytes;
    const request = Buffer.from([0x0a, service.length, ...Buffer.from(service)]);
    bare.makeUnaryRequest('/grpc.health.v1.Health/Check', asIs, asIs, request, new Metadata(), (error, answer) =>
      error ? reject(error) : resolve(answer ?? Buffer.of()),
    );
  });

test.each(['', dns])('a check of "%s" says SERVING, on the wire as everybody reads it', async (service) => {
  expect(await check(service)).toEqual(Buffer.of(0x08, 1));
});

test('a check of a service that is not here is NOT_FOUND', async () => {
  for (const service of ['banger.vmm.v1.VmService', 'constructor', 'x'.repeat(100)]) {
    await expect(check(service)).rejects.toMatchObject({ code: status.NOT_FOUND });
  }
});

test('all services are listed', async () => {
  const { statuses } = await health.list({});
  const names = ['', dns];
  expect(statuses).toEqual(Object.fromEntries(names.map((name) => [name, { status: SERVING }])));
});

test('a watch tells of the stop, and does not hold it up', async () => {
  let stopped: Promise<void> | undefined;
  const stop = () => {
    // Longer than the test may take: only the end of the watch lets the server stop.
    stopped ??= server.stop(600_000);
  };
  expect(await watched('', stop)).toEqual([SERVING, NOT_SERVING]);
  await stopped;
});

test('a watch of a service that is not here is told so, and goes on until the stop', async () => {
  const { path, requestSerialize, responseDeserialize } = HealthService.watch;
  const service = 'banger.vmm.v1.VmService';
  const call: ClientReadableStream<{ status: ServingStatus }> = bare.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    { service },
  );
  const seen: unknown[] = [];
  const ended = new Promise<unknown>((resolve) => call.once('status', ({ code }) => resolve(code)));
  call.once('end', () => seen.push('end'));
  await new Promise<void>((resolve) => {
    call.on('data', (answer) => {
      seen.push(answer.status);
      resolve();
    });
  });
  // Another call of the same connection comes after it: had the watch ended, that would be known by now.
  await check('');
  expect(seen).toEqual([SERVICE_UNKNOWN]);
  await server.stop(600_000);
  expect(await ended).toBe(status.OK);
  expect(seen).toEqual([SERVICE_UNKNOWN, 'end']);
});

test('a watch that its caller leaves is forgotten', () => {
  let watch: (call: object) => void = () => undefined;
  const stopping = new AbortController();
  const taking = { addService: (_: unknown, handlers: { watch: typeof watch }) => ({ watch } = handlers) };
  const { notServing } = addHealth(taking as unknown as Server, [], stopping.signal);
  const written: unknown[] = [];
  const call = Object.assign(new EventEmitter(), {
    request: { service: '' },
    write: (answer: unknown) => written.push(answer),
  });
  watch(call);
  expect(getEventListeners(stopping.signal, 'abort')).toHaveLength(1);
  call.emit('cancelled');
  notServing();
  expect(written).toEqual([{ status: SERVING }]);
  expect(getEventListeners(stopping.signal, 'abort')).toHaveLength(0);
});
