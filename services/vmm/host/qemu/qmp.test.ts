import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../../../lib/testing/temp-folder.js';
import { QmpClient, type QmpEvent } from './qmp.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;
let server: Server;
let peer: Socket;

interface Command {
  readonly execute: string;
  readonly arguments: object;
  readonly id: number;
}

/** A QEMU that answers commands as `answer` says; undefined for silence. */
async function serveQmp(answer: (command: Command) => object | undefined, greeting: string | undefined = '{"QMP":{}}') {
  server = createServer((socket) => {
    peer = socket;
    if (greeting !== undefined) socket.write(`${greeting}\r\n`);
    socket.on('data', (data) => {
      for (const line of data.toString().trim().split('\n')) {
        const command = JSON.parse(line) as Command;
        const reply = command.execute === 'qmp_capabilities' ? { return: {} } : answer(command);
        if (reply) socket.write(`${JSON.stringify({ ...reply, id: command.id })}\r\n`);
      }
    });
  }).listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
}

beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'qmp.sock');
});

afterEach(async () => {
  peer?.destroy();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  await folder.remove();
});

test('a command gets its own answer', async () => {
  await serveQmp(({ execute, arguments: args }) => ({ return: { execute, args } }));
  const qmp = await QmpClient.connect(path);
  const answers = await Promise.all([qmp.execute('a', { x: 1 }), qmp.execute('b')]);
  expect(answers).toEqual([
    { execute: 'a', args: { x: 1 } },
    { execute: 'b', args: {} },
  ]);
  qmp.close();
});

test('events come through, in pieces or in one', async () => {
  await serveQmp(() => ({ return: {} }));
  const qmp = await QmpClient.connect(path);
  const seen: QmpEvent[] = [];
  peer.write('{"event":"EARLY"}\n');
  await qmp.execute('a');
  qmp.onEvent((event) => seen.push(event));
  await new Promise((resolve) => peer.write('{"event":"SHUT', resolve));
  peer.write('DOWN","data":{"guest":true}}\n{"event":"STOP"}\n');
  peer.end();
  await qmp.closed;
  expect(seen).toEqual([
    { event: 'EARLY', data: undefined },
    { event: 'SHUTDOWN', data: { guest: true } },
    { event: 'STOP', data: undefined },
  ]);
});

test('a refused command says why', async () => {
  await serveQmp(() => ({ error: { class: 'GenericError', desc: 'no such device' } }));
  const qmp = await QmpClient.connect(path);
  await expect(qmp.execute('a')).rejects.toMatchObject({ message: expect.stringContaining('no such device') });
  qmp.close();
});

test('silence is not waited for without end', async () => {
  await serveQmp(() => undefined);
  const qmp = await QmpClient.connect(path);
  await expect(qmp.execute('a', {}, 20)).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
  qmp.close();
});

test('neither is a greeting, nor an answer when the connection is lost', async () => {
  await serveQmp(() => undefined, '');
  await expect(QmpClient.connect(path, 20)).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
  server.close();
  await serveQmp(() => {
    peer.destroy();
    return undefined;
  });
  const qmp = await QmpClient.connect(path);
  await expect(qmp.execute('a')).rejects.toMatchObject({ message: expect.stringContaining('closed the connection') });
  await expect(qmp.execute('b')).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
});

test('what is no QMP closes the connection', async () => {
  await serveQmp(() => ({ return: {} }));
  const qmp = await QmpClient.connect(path);
  peer.write('hello\n');
  await qmp.closed;
});

test('nobody at the socket is told at once', async () => {
  await expect(QmpClient.connect(path)).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
});
