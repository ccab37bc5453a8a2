import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { type Client, credentials, loadPackageDefinition, type ServiceClientConstructor, status } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DnsServiceService, ListRecordsResponse } from '../../gen/banger/dnsd/v1/dns_service.js';
import { silentLog } from '../log.js';
import { tempFolder } from '../testing/temp-folder.js';
import type { Handlers } from './contract.js';
import { bind, type RunningServer, serve } from './server.js';

/** What a client such as grpcurl does, which knows nothing but the socket and the standard protocols. */

type Version = 'v1' | 'v1alpha';
/** Both versions are the same but for their names. */
function reflectionProto(version: Version): string {
  const text = readFileSync('proto/grpc/reflection/v1/reflection.proto', 'utf8');
  const path = join(folder.path, `${version}.proto`);
  writeFileSync(path, text.replace('package grpc.reflection.v1;', `package grpc.reflection.${version};`));
  return path;
}

interface ReflectionAnswer {
  readonly listServicesResponse?: { service: { name: string }[] };
  readonly fileDescriptorResponse?: { fileDescriptorProto: Buffer[] };
  readonly errorResponse?: { errorCode: number };
}

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: RunningServer;
let socket: string;
const clients: Client[] = [];

beforeEach(async () => {
  folder = await tempFolder();
  socket = join(folder.path, 's.sock');
  const handlers = { listRecords: () => ListRecordsResponse.fromPartial({ records: [{ name: 'web.vm.' }] }) };
  const bindings = [bind(DnsServiceService, handlers as unknown as Handlers<typeof DnsServiceService>)];
  server = await serve({ service: 'dnsd', socketPath: socket, bindings, log: silentLog });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.stop(200);
  await folder.remove();
});

function clientOf(definition: PackageDefinition, name: string) {
  const found = name
    .split('.')
    .reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], loadPackageDefinition(definition));
  const client = new (found as ServiceClientConstructor)(`unix:${socket}`, credentials.createInsecure());
  clients.push(client);
  return client;
}

async function reflect(request: object, version: Version = 'v1'): Promise<ReflectionAnswer> {
  const client = clientOf(loadSync(reflectionProto(version)), `grpc.reflection.${version}.ServerReflection`);
  const call = client.ServerReflectionInfo?.call(client) as NodeJS.ReadWriteStream;
  (call as unknown as { write(message: object): void }).write(request);
  const [answer] = await once(call, 'data');
  call.end();
  return answer;
}

async function describe(symbol: string): Promise<PackageDefinition> {
  const answer = await reflect({ fileContainingSymbol: symbol });
  const set = new BinaryWriter();
  const firstFieldDelimited = (1 << 3) | 2;
  for (const file of answer.fileDescriptorResponse?.fileDescriptorProto ?? []) {
    set.uint32(firstFieldDelimited).bytes(file);
  }
  return loadFileDescriptorSetFromBuffer(Buffer.from(set.finish()));
}

function call(client: Client, method: string, request: object): Promise<object> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, response: object) => (error ? reject(error) : resolve(response));
    (client as unknown as Record<string, (...args: unknown[]) => void>)[method]?.call(client, request, done);
  });
}

test.each(['v1', 'v1alpha'] as const)(
  'a socket lists its own services and health, and no other: %s',
  async (version) => {
    const { listServicesResponse } = await reflect({ listServices: '' }, version);
    const names = listServicesResponse?.service.map(({ name }) => name).sort();
    expect(names).toEqual(['banger.dnsd.v1.DnsService', 'grpc.health.v1.Health']);
  },
);

test('a client that learnt the service by reflection can call it', async () => {
  const name = 'banger.dnsd.v1.DnsService';
  const client = clientOf(await describe(name), name);
  expect(await call(client, 'ListRecords', {})).toMatchObject({ records: [{ name: 'web.vm.' }] });
});

test('health can be learnt and asked, for the socket and for the service', async () => {
  const name = 'grpc.health.v1.Health';
  for (const definition of [await describe(name), loadSync('proto/grpc/health/v1/health.proto', { enums: String })]) {
    const client = clientOf(definition, name);
    for (const service of ['', 'banger.dnsd.v1.DnsService']) {
      const answer = (await call(client, 'Check', { service })) as { status: unknown };
      expect(['SERVING', 1]).toContain(answer.status);
    }
    await expect(call(client, 'Check', { service: 'banger.vmm.v1.VmService' })).rejects.toMatchObject({ code: 5 });
  }
});

/** The names of the files that are sent, the one that was asked for first. */
async function filesFor(request: object): Promise<string[]> {
  const { fileDescriptorResponse } = await reflect(request);
  const files = (fileDescriptorResponse?.fileDescriptorProto ?? []).map((each) =>
    fromBinary(FileDescriptorProtoSchema, each),
  );
  const names = files.map(({ name }) => name);
  // A strict client resolves the types of a file by the files that it names, and no others.
  for (const { dependency } of files) expect(names).toEqual(expect.arrayContaining(dependency));
  return names;
}

test('files are sent with all that they name, whatever one asks for them by', async () => {
  const files = ['banger/dnsd/v1/dns_service.proto', 'google/protobuf/timestamp.proto'];
  const service = 'banger.dnsd.v1.DnsService';
  for (const symbol of [service, `${service}.ListRecords`, 'banger.dnsd.v1.Record', 'banger.dnsd.v1.Record.name']) {
    expect([symbol, await filesFor({ fileContainingSymbol: symbol })]).toEqual([symbol, files]);
  }
  expect(await filesFor({ fileByFilename: 'banger/dnsd/v1/dns_service.proto' })).toEqual(files);
  expect(await filesFor({ fileContainingSymbol: 'grpc.health.v1.Health' })).toEqual(['grpc/health/v1/health.proto']);
});

test('what is not there is told, and the next question is answered', async () => {
  const notFound = { errorResponse: { errorCode: status.NOT_FOUND } };
  for (const symbol of ['', 'x', 'banger.dnsd.v1.No', 'banger.dnsd.v1.DnsService.No', 'banger.dnsd.v1.Record.no']) {
    expect(await reflect({ fileContainingSymbol: symbol })).toMatchObject(notFound);
  }
  expect(await reflect({ fileByFilename: 'no.proto' })).toMatchObject(notFound);
  expect(await reflect({ allExtensionNumbersOfType: 'banger.dnsd.v1.Record' })).toMatchObject(notFound);
});
