import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { withGuests } from '../support/documents.js';
import { createDocumentRunner, type DocumentRunner } from './support/document-runner.js';
import { createWorld, type World } from './support/world.js';

/**
 * The commands of documents that lead through a whole task run as they stand, with real daemons and guests. The documents
 * follow each other on one host, and each takes away the VMs that it makes.
 */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let world: World;
let runner: DocumentRunner;

beforeAll(async () => {
  folder = await tempFolder();
  runner = await createDocumentRunner(() => world);
  // Bundles are unpacked in the checkout otherwise, where other suites would find them.
  world = await createWorld({ env: { BANGER_RUNTIME_DIR: join(folder.path, 'runtime') } });
});
beforeEach(async () => {
  await world.banger('daemon', 'start');
});
afterEach(async () => {
  // What a document that failed has left is in no other's way.
  await world.banger('daemon', 'start');
  const left = (await world.json<{ name: string }[]>('vm', 'list')).map(({ name }) => name);
  if (left.length > 0) await world.banger('vm', 'delete', '--force', '--purge', ...left);
  await world.banger('vm', 'purge', '--all');
});
afterAll(async () => {
  await world?.dispose();
  await runner?.dispose();
  await folder?.remove();
});

test.each(withGuests())('every command of %s works', async (path) => {
  await runner.follow(path);
  await world.banger('daemon', 'start');
  expect(await world.json('vm', 'list')).toEqual([]);
});
