import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { DeleteVmResponse, VmServiceService } from '../../gen/banger/vmm/v1/vm_service.js';
import { currentContext } from '../context.js';
import { silentLog } from '../log.js';
import { remoteSchema } from '../remote/config.js';
import { remoteListening } from '../remote/listening.js';
import { type Authority, createAuthority, type Issued } from '../testing/authority.js';
import { tempFolder } from '../testing/temp-folder.js';
import type { Handlers, ServiceContract } from './contract.js';
import { bind, type RunningServer, serve } from './server.js';
import { fromStatus } from './status.js';

/** Callers of other hosts, with certificates of all kinds, at a real listener. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let ours: Authority;
let theirs: Authority;
let host: Issued;
let port: number;
let server: RunningServer | undefined;
const clients: Client[] = [];
const callers: unknown[] = [];

beforeAll(async () => {
  folder = await tempFolder();
  [ours, theirs] = [await createAuthority(folder.path, 'ours'), await createAuthority(folder.path, 'theirs')];
  host = await ours.issue('host', { names: 'DNS:localhost' });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server?.stop(200);
  server = undefined;
  callers.length = 0;
});
afterAll(() => folder.remove());

const names = { admins: ['CN:alice', 'URI:spiffe://example.org/ci'], readers: ['CN:reader'] };

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: found } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return found;
}

async function start(): Promise<void> {
  port = await freePort();
  const config = remoteSchema.parse({ vmm: port, ...host, authority: ours.certificate, ...names });
  const remote = await remoteListening(config, 'vmm', 'config.toml');
  const answer = <T>(response: T) => {
    callers.push(currentContext()?.caller);
    return response;
  };
  const handlers = {
    getVm: () => answer({}),
    deleteVm: () => answer(DeleteVmResponse.fromPartial({})),
  } as unknown as Handlers<typeof VmServiceService>;
  const bindings = [bind(VmServiceService, handlers)];
  const socketPath = join(folder.path, 's.sock');
  server = await serve({ service: 'vmm', socketPath, bindings, log: silentLog, remote });
}

/** "ok", or the code and reason of the failure. */
async function call(method: 'getVm' | 'deleteVm', mine: Issued | undefined, trusted = ours): Promise<string> {
  const [key, certificate] = mine ? [readFileSync(mine.key), readFileSync(mine.certificate)] : [null, null];
  const trust = credentials.createSsl(readFileSync(trusted.certificate), key, certificate);
  const client = new Client(`localhost:${port}`, trust);
  clients.push(client);
  const { path, requestSerialize, responseDeserialize } = (VmServiceService as ServiceContract)[
    method
  ] as ServiceContract[string];
  const options = { deadline: Date.now() + 30_000 };
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { name: 'web' }, options, resolve);
  });
  return error === null ? 'ok' : `${status[error.code]} ${fromStatus(error, 'vmm').reason}`;
}

test('the names in a certificate of our authority decide what its owner may call', async () => {
  await start();
  expect(await call('deleteVm', await ours.issue('alice'))).toBe('ok');
  expect(callers).toEqual([{ certificate: 'CN:alice', address: '127.0.0.1' }]);
  const byUri = await ours.issue('machine', { names: 'URI:spiffe://example.org/ci', usage: 'clientAuth' });
  expect(await call('deleteVm', byUri)).toBe('ok');
  const reader = await ours.issue('reader');
  expect(await call('getVm', reader)).toBe('ok');
  expect(await call('deleteVm', reader)).toBe('PERMISSION_DENIED CALLER_DENIED');
  expect(await call('getVm', await ours.issue('nobody'))).toBe('PERMISSION_DENIED CALLER_DENIED');
  expect(callers).toHaveLength(3);
});

test('nobody comes in without a certificate that our authority has signed for a caller, and that holds now', async () => {
  await start();
  const refused = 'UNAVAILABLE SERVICE_UNREACHABLE';
  expect(await call('getVm', undefined)).toBe(refused);
  expect(await call('getVm', await theirs.issue('alice'))).toBe(refused);
  expect(await call('getVm', await ours.issue('alice', { days: -1 }))).toBe(refused);
  expect(await call('getVm', await ours.issue('alice', { usage: 'serverAuth' }))).toBe(refused);
  expect(callers).toEqual([]);
  expect(await call('getVm', await ours.issue('alice'))).toBe('ok');
});

test('a caller learns whether it is the host that it means', async () => {
  await start();
  expect(await call('getVm', await ours.issue('alice'), theirs)).toBe('UNAVAILABLE SERVICE_UNREACHABLE');
  expect(callers).toEqual([]);
});

/** Resolves when the listener has ended the connection. */
async function ended(connection: ReturnType<typeof connect>, write: string): Promise<void> {
  connection.on('error', () => undefined);
  connection.resume();
  connection.write(write);
  await new Promise((resolve) => connection.once('close', resolve));
}

test('what is no TLS, older TLS or no HTTP/2 is cut off', async () => {
  await start();
  await ended(connect(port, '127.0.0.1'), 'GET / HTTP/1.1\r\n\r\n');
  const alice = await ours.issue('alice');
  const [key, cert] = [readFileSync(alice.key), readFileSync(alice.certificate)];
  const mine = { port, host: 'localhost', key, cert, ca: readFileSync(ours.certificate) };
  await ended(connectTls({ ...mine, ALPNProtocols: ['h2'], maxVersion: 'TLSv1.2' }), '');
  await ended(connectTls(mine), 'GET / HTTP/1.1\r\n\r\n');
  expect(callers).toEqual([]);
});

test('a certificate that ends is good for nothing more, on a connection that is there too', async () => {
  await start();
  const alice = await ours.issue('alice');
  const key = readFileSync(alice.key);
  const cert = readFileSync(alice.certificate);
  const end = Date.parse(new X509Certificate(cert).validTo);
  // TLS goes by the clock of the host: what it has let in is held against ours.
  const clock = jest.spyOn(Date, 'now');
  try {
    clock.mockReturnValue(end + 1);
    expect(await call('getVm', alice)).toBe('UNAVAILABLE SERVICE_UNREACHABLE');
    clock.mockReturnValue(end - 100);
    const mine = { port, host: 'localhost', key, cert, ca: readFileSync(ours.certificate), ALPNProtocols: ['h2'] };
    const connection = connectTls(mine);
    let heard = 0;
    connection.on('data', ({ length }) => {
      heard += length;
    });
    await ended(connection, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    // It was served at first: the listener has sent its settings.
    expect(heard).toBeGreaterThan(0);
  } finally {
    clock.mockRestore();
  }
});

test('a silent connection holds up no stop, and the port is free afterwards', async () => {
  await start();
  const silent = connect(port, '127.0.0.1');
  silent.on('error', () => undefined);
  await once(silent, 'connect');
  await server?.stop(200);
  server = undefined;
  silent.destroy();
  const next = createServer().listen(port, '127.0.0.1');
  await once(next, 'listening');
  next.close();
});

test('a port that another program has is told, and the socket is given back', async () => {
  await start();
  const config = remoteSchema.parse({ vmm: port, ...host, authority: ours.certificate, ...names });
  const remote = await remoteListening(config, 'vmm', 'config.toml');
  const socketPath = join(folder.path, 'second.sock');
  const second = () => serve({ service: 'vmm', socketPath, bindings: [], log: silentLog, remote });
  await expect(second()).rejects.toMatchObject({ reason: 'REMOTE_PORT_UNUSABLE', kind: 'unavailable' });
  await server?.stop(200);
  server = await second();
});
