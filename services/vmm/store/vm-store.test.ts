import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EventLog } from '../../../lib/events/event-log.js';
import { silentLog } from '../../../lib/log.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { trailDuring } from '../../../lib/testing/verb.js';
import { emptySpec } from '../../../test/fakes/requests.js';
import { isRestartPending, newVm, withStatus } from '../domain/vm.js';
import { SqliteTrashStore } from './trash-store.js';
import { migrations, SqliteVmStore } from './vm-store.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let database: Database;
let store: SqliteVmStore;
let now = 0;

function open(): void {
  database = openDatabase(join(folder.path, 'vmm.db'), migrations);
  store = new SqliteVmStore(database, () => now);
}

beforeEach(async () => {
  now = 1_000_000_000_000;
  folder = await tempFolder();
  open();
});

afterEach(async () => {
  database.close();
  await folder.remove();
});

const dayMs = 24 * 60 * 60 * 1000;

function vm(name: string, uid = name.repeat(16).slice(0, 16)) {
  return newVm({ uid, name, spec: emptySpec, start: true, now });
}

test('a vm is found as it was written, also after the database was opened again', () => {
  const written = store.insert(withStatus(vm('a'), { network: undefined, step: 'image' }));
  database.close();
  open();
  expect(store.get(written.uid)).toEqual(written);
  expect(store.findByName('a')).toEqual(written);
  expect(store.findByName('b')).toBeUndefined();
});

test('what the version before wrote has the defaults of what it did not know', () => {
  const {
    restartPolicy: _,
    aliases: __,
    ipv4Address: _ip,
    macAddress: _mac,
    policy: _policy,
    autostart: _autostart,
    autostartOrder: _order,
    labels: _labels,
    environment: _environment,
    userData: _userData,
    ...spec
  } = { ...emptySpec, hypervisor: 'qemu' as const };
  const later = { autostart: false, autostartOrder: 0, labels: {}, environment: {}, userData: '' };
  const places = { ipv4Address: '', macAddress: '' };
  const migrated = { ...spec, restartPolicy: 'never', aliases: [], ...places, policy: emptyPolicy, ...later };
  const body = (entries: object) => JSON.stringify(['web', true, Object.entries(entries).sort()]);
  const launched = { cpuCount: 0, memoryMib: 0, workDiskMib: 0 };
  const hypervisor = { kind: 'qemu', acceleration: 'tcg', reason: 'no KVM' };
  const process = { pid: 7, startTime: 9 };
  const network = { ipv4Address: '10.77.0.10', nat: false };
  const status = { ...vm('a').status, state: 'RUNNING', network, hypervisor, launched, process };
  const old = { ...vm('a'), spec, status };
  const bare = { ...vm('b'), spec };
  database.close();
  database = openDatabase(join(folder.path, 'old.db'), migrations.slice(0, 2));
  for (const { uid, name, ...rest } of [old, bare]) {
    const document = JSON.stringify({ uid, name, ...rest, revision: undefined });
    database.run('INSERT INTO vm VALUES (?, ?, ?, ?)', uid, name, 3, document);
  }
  database.run('INSERT INTO create_request VALUES (?, ?, ?, ?)', 'r-1', body(spec), old.uid, now);
  database.close();

  database = openDatabase(join(folder.path, 'old.db'), migrations);
  store = new SqliteVmStore(database, () => now);
  const found = store.findByName('a');
  expect(found).toEqual({
    ...old,
    spec: migrated,
    status: {
      ...old.status,
      network: { ...network, policy: emptyPolicy },
      hypervisor: { ...hypervisor, version: '', jailed: false },
      launched: { ...launched, hypervisor: 'qemu' },
    },
    revision: 3,
  });
  expect(found && isRestartPending(found)).toBe(false);
  expect(store.findByName('b')).toEqual({ ...bare, spec: migrated, revision: 3 });
  expect(store.findRequest('r-1')?.body).toBe(body(migrated));
});

test('vms are listed by name', () => {
  for (const name of ['c', 'a', 'b']) store.insert(vm(name));
  expect(store.list().map((each) => each.name)).toEqual(['a', 'b', 'c']);
});

test('a name is taken once', () => {
  store.insert(vm('a'));
  expect(() => store.insert(vm('a', 'f'.repeat(16)))).toThrow(expect.objectContaining({ reason: 'VM_EXISTS' }));
});

test('an alias is found while a vm has it', () => {
  const { uid } = store.insert({ ...vm('a'), spec: { ...emptySpec, aliases: ['db', 'cache'] } });
  expect(store.findByAlias('cache')?.name).toBe('a');
  expect(store.findByAlias('a')).toBeUndefined();
  store.change(uid, (each) => ({ ...each, spec: { ...each.spec, aliases: ['db'] } }));
  expect(store.findByAlias('cache')).toBeUndefined();
});

test('each change gets the next revision, and no change gets none', () => {
  const { uid, revision } = store.insert(vm('a'));
  expect(store.change(uid, (each) => withStatus(each, { step: 'image' }))?.revision).toBe(revision + 1);
  expect(store.change(uid, (each) => each)?.revision).toBe(revision + 1);
  expect(store.revision()).toBe(revision + 1);
});

test('a change of a vm that is gone is told by undefined, and not made', () => {
  const { uid } = store.insert(vm('a'));
  store.remove(uid);
  expect(store.change(uid, (each) => withStatus(each, { step: 'image' }))).toBeUndefined();
  store.remove(uid);
  expect(store.list()).toEqual([]);
});

test('the name of a removed vm is known for a day, and free at once', () => {
  const { uid } = store.insert(vm('a'));
  store.remove(uid);
  expect(store.nameOfRemoved(uid)).toBe('a');
  store.insert(vm('a', 'f'.repeat(16)));
  now += dayMs + 1;
  store.insert(vm('b'));
  expect(store.nameOfRemoved(uid)).toBeUndefined();
});

test('a request is remembered with its vm, for a day', () => {
  const { uid } = store.insert(vm('a'), { id: 'r-1', body: 'what was asked' });
  expect(store.findRequest('r-1')).toEqual({ body: 'what was asked', uid });
  expect(store.findRequest('r-2')).toBeUndefined();
  now += dayMs + 1;
  expect(store.findRequest('r-1')).toBeUndefined();
});

test('a name that is taken leaves no memory of the request', () => {
  store.insert(vm('a'));
  expect(() => store.insert(vm('a', 'f'.repeat(16)), { id: 'r-1', body: '' })).toThrow();
  expect(store.findRequest('r-1')).toBeUndefined();
});

test('followers get the keys of what changed', async () => {
  const left = new AbortController();
  const changes = store.follow(left.signal)[Symbol.asyncIterator]();
  const { uid } = store.insert(vm('a'));
  store.remove(uid);
  expect((await changes.next()).value).toEqual({ key: uid, revision: 2 });
  left.abort();
  expect((await changes.next()).done).toBe(true);
});

test('with each change of a vm, and with the end of one in the trash, its verb is accepted', async () => {
  const events = new EventLog(database, silentLog);
  const vms = new SqliteVmStore(database, () => now, events);
  const trash = new SqliteTrashStore(database, () => now, events);
  const web = vm('a');
  const kept = { vm: web, deleteTime: now, deletedAt: 0, bytes: 1 };
  const changes = [
    () => vms.insert(web),
    () => vms.change(web.uid, (one) => withStatus(one, { state: 'STOPPED' })),
    () => vms.remove(web.uid, { kept, remains: [] }),
    () => vms.restore(web),
    () => vms.remove(web.uid, { kept, remains: [] }),
    () => trash.giveUp(web.uid),
  ];
  for (const change of changes) expect(await trailDuring(database, events, change)).toEqual(['accepted']);
});
