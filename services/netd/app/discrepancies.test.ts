import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { reconcileBy } from '../../../lib/discrepancy.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { networkOn } from '../../../test/fakes/network.js';
import { migrations } from '../store/migrations.js';
import { lookForDiscrepancies } from './discrepancies.js';
import { ensureAttachment } from './ensure-attachment.js';
import type { Network } from './network.js';
import { reconcile } from './reconcile.js';

/** What bears our mark and belongs to nobody; mend.test.ts has what someone else has changed. */

let kernel: FakeKernel;
let database: Database;
let network: Network;
let untouched: string;

beforeEach(async () => {
  kernel = new FakeKernel();
  untouched = `${kernel}`;
  database = openDatabase(':memory:', migrations);
  network = networkOn(kernel, database);
  await reconcile(network);
});
afterEach(() => database.close());

const attach = (vmName: string, address?: string) =>
  ensureAttachment(network, {
    ...{ vmUid: `uid-${vmName}`, vmName, ownerUid: 1000, nat: false, policy: emptyPolicy },
    ...(address !== undefined && { address }),
  });
const look = () => lookForDiscrepancies(network)();
const subjects = async () => (await look()).map(({ subject }) => subject);

/** What a VM had is there, and nobody knows of the VM any more. */
async function forgetAll(): Promise<void> {
  database.run('DELETE FROM attachment');
  network = networkOn(kernel, database);
}

const all = ['bgr10', 'bgr11', 'the gateway 10.77.0.1 on lo', 'the nftables table inet banger'];

test('taps, gateway and table that nobody needs are told, and removed on demand', async () => {
  await attach('web');
  await attach('db');
  expect(await subjects()).toEqual([]);
  await forgetAll();
  const before = `${kernel}`;
  expect(await subjects()).toEqual(all);
  expect(`${kernel}`).toBe(before);
  const mended = await reconcileBy(lookForDiscrepancies(network))(true);
  expect(mended.map(({ subject, state }) => [subject, state])).toEqual(all.map((subject) => [subject, 'repaired']));
  const sysctls = /.* = .*\n?/g;
  expect(`${kernel}`.replaceAll(sysctls, '').trim()).toBe(untouched.replaceAll(sysctls, '').trim());
});

test('with one VM left only what is not its own is stray', async () => {
  await attach('web');
  await attach('db');
  database.run(`DELETE FROM attachment WHERE vm_uid = 'uid-db'`);
  network = networkOn(kernel, database);
  expect((await look()).filter(({ kind }) => kind === 'TAP').map(({ subject }) => subject)).toEqual(['bgr11']);
  expect(await subjects()).not.toContain('the gateway 10.77.0.1 on lo');
});

test('what was stray as it was looked at, and is a VM’s by now, stays', async () => {
  await attach('web');
  await forgetAll();
  const found = await look();
  expect(found.map(({ subject }) => subject)).toEqual(all.filter((subject) => subject !== 'bgr11'));
  await attach('web', '10.77.0.10');
  const right = `${kernel}`;
  for (const { mend } of found) await mend?.();
  expect(`${kernel}`).toBe(right);
});

test('what is half made is not looked at', async () => {
  let looking: ReturnType<typeof look> | undefined;
  await network.serial.run(async () => {
    kernel.addLink('bgr77', { alias: `banger:${network.settings.mark}:1000:half` });
    looking = look();
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    kernel.removeLink('bgr77');
  });
  expect(await looking).toEqual([]);
});

test('what bears another’s mark, or none, is not ours', async () => {
  kernel.addTable('banger');
  kernel.addLink('bgr77', { alias: 'banger:ffffffffffff:1000:theirs' });
  kernel.addLink('bgr78', { alias: 'mine' });
  kernel.addLink('lo', { 'address 127.0.0.1/8': 'lo', 'address 10.77.0.1/32': 'lo' });
  expect(await subjects()).toEqual([]);
});
