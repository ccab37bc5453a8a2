import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tempFolder } from '../../../../lib/testing/temp-folder.js';
import { FirecrackerClient } from './client.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;
let server: Server | undefined;
let sockets: Socket[];
let client: FirecrackerClient;

const what = 'pause vm web';
const self = { id: 'a', state: 'Running', vmm_version: '1.16.1', app_name: 'Firecracker' } as const;
const pause = { call: 'PATCH /vm', body: { state: 'Paused' } } as const;

beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'api.sock');
  sockets = [];
  client = new FirecrackerClient(path, 'web');
});

afterEach(async () => {
  client.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  await folder.remove();
});

async function listen(made: Server): Promise<void> {
  server = made;
  made.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => made.listen(path, resolve));
}

interface Received {
  readonly call: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

/** Answers as `reply` says when its promise is kept. Returns what was received. */
async function serve(reply: (call: string) => Reply | Promise<Reply>): Promise<Received[]> {
  const received: Received[] = [];
  const http = createHttpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const call = `${request.method} ${request.url}`;
    received.push({ call, headers: request.headers, body: Buffer.concat(chunks).toString() });
    const { status, body } = await reply(call);
    response.writeHead(status, body === undefined ? {} : { 'Content-Type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  await listen(http);
  return received;
}

/** Answers every request with these bytes. */
async function serveBytes(answer: string): Promise<void> {
  await listen(createServer((socket) => socket.on('error', () => undefined).on('data', () => socket.write(answer))));
}

test('it says who it is', async () => {
  await serve(() => ({ status: 200, body: { ...self, more: null } }));
  await expect(client.ping()).resolves.toEqual(self);
});

test('requests carry their length, go over one connection, and one at a time', async () => {
  let underWay = 0;
  const most: number[] = [];
  const received = await serve(async () => {
    most.push(++underWay);
    await new Promise(setImmediate);
    underWay--;
    return { status: 204 };
  });
  await Promise.all([
    client.send(pause, what),
    client.send({ call: 'PATCH /drives/{drive_id}', body: { drive_id: 'work', path_on_host: '/wörk' } }, what),
    client.send({ call: 'PUT /entropy', body: {} }, what),
  ]);
  expect(received.map(({ call, body }) => `${call} ${body}`)).toEqual([
    'PATCH /vm {"state":"Paused"}',
    'PATCH /drives/work {"drive_id":"work","path_on_host":"/wörk"}',
    'PUT /entropy {}',
  ]);
  for (const { headers, body } of received) {
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': `${Buffer.byteLength(body)}`,
    });
    expect(headers['transfer-encoding']).toBeUndefined();
  }
  expect(Math.max(...most)).toBe(1);
  expect(sockets).toHaveLength(1);
});

test('a question has no body', async () => {
  const config = { drives: [], 'network-interfaces': [] };
  const received = await serve(() => ({ status: 200, body: config }));
  await expect(client.get('GET /vm/config', what)).resolves.toEqual(config);
  expect(received).toMatchObject([{ call: 'GET /vm/config', body: '' }]);
  expect(received[0]?.headers['content-length']).toBeUndefined();
});

test('a refusal is told, and the connection goes on', async () => {
  const fault_message = 'The requested operation is not supported before starting the microVM.';
  await serve((call) => (call === 'GET /' ? { status: 200, body: self } : { status: 400, body: { fault_message } }));
  await expect(client.send(pause, what)).rejects.toMatchObject({
    reason: 'HYPERVISOR_REFUSED',
    message: expect.stringMatching(
      /^cannot pause vm web: firecracker refused PATCH \/vm: its guest has not been started;/,
    ),
    metadata: { vm: 'web', call: 'PATCH /vm', fault: fault_message },
  });
  await expect(client.ping()).resolves.toEqual(self);
  expect(sockets).toHaveLength(1);
});

test('a refusal of the HTTP layer is one too', async () => {
  await serve(() => ({ status: 413, body: { error: 'too long' } }));
  await expect(client.send(pause, what)).rejects.toMatchObject({ reason: 'HYPERVISOR_REFUSED' });
});

describe('an answer that makes no sense', () => {
  test.each([
    [
      'an eleventh connection',
      { status: 503, body: { error: 'Too many open connections' } },
      /all the ten connections/,
    ],
    ['another status', { status: 500, body: { fault_message: 'no' } }, /answered with status 500/],
    ['a refusal without words', { status: 400, body: {} }, /answered with status 400/],
    ['an answer that lacks something', { status: 200, body: { id: 'a' } }, /state is missing/],
    ['no answer where one is due', { status: 204 }, /no JSON/],
    ['too long an answer', { status: 200, body: 'x'.repeat(300_000) }, /more than 256 KiB/],
  ])('%s', async (_what, reply, message) => {
    await serve(() => reply);
    await expect(client.ping()).rejects.toMatchObject({
      reason: 'HYPERVISOR_UNRESPONSIVE',
      message: expect.stringMatching(message),
    });
    await client.closed;
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n', /no HTTP/],
    ['no JSON', 'HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\n{bad}', /no JSON: {bad}/],
  ])('%s', async (_what, bytes, message) => {
    await serveBytes(bytes);
    await expect(client.ping()).rejects.toMatchObject({
      reason: 'HYPERVISOR_UNRESPONSIVE',
      message: expect.stringMatching(message),
    });
    await client.closed;
  });
});

test('a status line without words is understood, as Firecracker sends it', async () => {
  await serveBytes('HTTP/1.1 204 \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n\r\n');
  await client.send(pause, what);
  await client.send(pause, what);
  expect(sockets).toHaveLength(1);
});

test.each([
  ['no answer at all', ''],
  ['half an answer', 'HTTP/1.1 200 \r\nContent-Length: 500\r\n\r\n{'],
])('%s is not waited for without end, and closes the connection', async (_what, bytes) => {
  await serveBytes(bytes);
  await expect(client.send(pause, what, { timeoutMs: 20 })).rejects.toMatchObject({
    reason: 'HYPERVISOR_UNRESPONSIVE',
    message: 'cannot pause vm web: its hypervisor did not answer within 0.02 s; `banger vm kill` ends it',
  });
  await client.closed;
  await expect(client.ping()).rejects.toMatchObject({ message: expect.stringContaining('closed the connection') });
  expect(sockets.length).toBeLessThan(2);
});

test('who aborts is told why, and what waits its turn is not sent', async () => {
  const controller = new AbortController();
  const received = await serve(() => new Promise(() => controller.abort(new Error('changed my mind'))));
  const requests = [pause, pause].map((each) => client.send(each, what, { signal: controller.signal }));
  const results = await Promise.allSettled(requests);
  for (const result of results) expect(result).toMatchObject({ reason: { message: 'changed my mind' } });
  expect(received).toHaveLength(1);
});

test('the end of the process is told while nothing is asked', async () => {
  await serve(() => ({ status: 200, body: self }));
  await client.ping();
  for (const socket of sockets) socket.destroy();
  await client.closed;
  await expect(client.ping()).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
});

test('so is its end during a request', async () => {
  await serve(() => {
    for (const socket of sockets) socket.destroy();
    return { status: 204 };
  });
  await expect(client.send(pause, what)).rejects.toMatchObject({
    message: expect.stringContaining('closed the connection'),
  });
  await client.closed;
});

test('nobody at the socket is told at once', async () => {
  await expect(client.ping()).rejects.toMatchObject({
    reason: 'HYPERVISOR_UNRESPONSIVE',
    message: `cannot reach vm web: its hypervisor is not at ${path}; \`banger vm kill\` ends it`,
  });
});

test('a client that was closed asks nothing more', async () => {
  await serve(() => ({ status: 200, body: self }));
  client.close();
  await client.closed;
  await expect(client.ping()).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
  expect(sockets).toHaveLength(0);
});
