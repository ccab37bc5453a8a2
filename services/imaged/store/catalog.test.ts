import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EventLog } from '../../../lib/events/event-log.js';
import { silentLog } from '../../../lib/log.js';
import { openDatabase } from '../../../lib/store/database.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { trailDuring } from '../../../lib/testing/verb.js';
import { migrations, SqliteCatalog } from './catalog.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;

beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'imaged.db');
});

afterEach(() => folder.remove());

const lease = {
  holder: '00000000000000aa',
  holderName: 'web',
  imageReference: 'debian',
  kernelReference: '',
  imageDigest: 'sha256:1',
  kernelDigest: 'sha256:2',
};

test('a lease is found as it was written, also after the catalog was opened again', () => {
  const first = openDatabase(path, migrations);
  new SqliteCatalog(first).putLease(lease);
  first.close();
  const second = openDatabase(path, migrations);
  const catalog = new SqliteCatalog(second);
  expect(catalog.lease(lease.holder)).toEqual(lease);
  for (const digest of ['sha256:1', 'sha256:2']) {
    expect(catalog.holders(digest)).toEqual([{ uid: lease.holder, name: 'web' }]);
  }
  second.close();
});

test('a catalog from before leases had names keeps its leases', () => {
  const old = openDatabase(path, migrations.slice(0, 1));
  old.run('INSERT INTO lease VALUES (?, ?, ?, ?, ?)', lease.holder, 'debian', '', 'sha256:1', 'sha256:2');
  old.close();
  const second = openDatabase(path, migrations);
  const catalog = new SqliteCatalog(second);
  expect(catalog.lease(lease.holder)).toEqual({ ...lease, holderName: '' });
  catalog.putLease(lease);
  expect(catalog.lease(lease.holder)).toEqual(lease);
  second.close();
});

test.each<[string, (to: SqliteCatalog) => void]>([
  ['a name that is given', (to) => to.tag('image', 'web', 'sha256:1')],
  ['names that are taken', (to) => to.untag('image', 'sha256:1')],
  ['a default kernel', (to) => to.setDefaultKernel('linux')],
  ['no default kernel', (to) => to.setDefaultKernel(undefined)],
  ['a lease', (to) => to.putLease(lease)],
  ['the end of a lease', (to) => to.removeLease(lease.holder)],
])('with %s its verb is accepted', async (_what, change) => {
  const database = openDatabase(path, migrations);
  const events = new EventLog(database, silentLog);
  const catalog = new SqliteCatalog(database, events);
  expect(await trailDuring(database, events, () => change(catalog))).toEqual(['accepted']);
  database.close();
});
