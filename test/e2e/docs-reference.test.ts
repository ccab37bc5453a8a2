import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { withoutGuests } from '../support/documents.js';
import { createDocumentRunner, type DocumentRunner } from './support/document-runner.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';

/** The commands of documents that explain run as they stand, with real daemons; no guest has to boot for them. */

/** What such a document takes to be there, as its reader has it. */
const given: Readonly<Record<string, readonly string[][]>> = {
  'docs/network.md': [['vm', 'create', 'db', '--no-start']],
  'docs/troubleshooting.md': [['vm', 'create', 'web']],
};

let folder: Awaited<ReturnType<typeof tempFolder>>;
let world: StandInWorld;
let runner: DocumentRunner;
let kvm: KvmDevice;

beforeAll(async () => {
  folder = await tempFolder();
  kvm = await kvmDevice();
  runner = await createDocumentRunner(() => world);
  world = await createStandInWorld('off', { env: { BANGER_RUNTIME_DIR: join(folder.path, 'runtime') } });
  await world.banger('daemon', 'start');
});
afterEach(async () => {
  const vms = await world.json<{ name: string }[]>('vm', 'list');
  if (vms.length > 0) await world.banger('vm', 'delete', '--force', ...vms.map(({ name }) => name));
});
afterAll(async () => {
  await world?.dispose();
  await runner?.dispose();
  await kvm?.remove();
  await folder?.remove();
});

test.each(withoutGuests())('every command of %s works', async (path) => {
  for (const words of given[path] ?? []) await world.banger(...words);
  await runner.follow(path);
});

test('what is said to be given is given to documents that are there', () => {
  expect(withoutGuests()).toEqual(expect.arrayContaining(Object.keys(given)));
});
