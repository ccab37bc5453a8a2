import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { resolvePaths } from '../lib/paths.js';
import { tempFolder } from '../lib/testing/temp-folder.js';
import { type Clients, openClients } from './clients.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let clients: Clients;
beforeEach(async () => {
  folder = await tempFolder();
  clients = openClients(resolvePaths({ BANGER_STATE_DIR: folder.path, BANGER_RUN_DIR: folder.path }, 0));
});
afterEach(async () => {
  clients.close();
  await folder.remove();
});

test('those who ask for the same client at once have one', async () => {
  const [one, other] = await Promise.all([clients.vmm(), clients.vmm()]);
  expect(one).toBe(other);
  expect(await clients.vmm()).toBe(one);
});

test('each service has its own', async () => {
  const [netd, vmm] = await Promise.all([clients.events('netd'), clients.events('vmm')]);
  expect(netd).not.toBe(vmm);
});
