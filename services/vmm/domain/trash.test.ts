import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptySpec } from '../../../test/fakes/requests.js';
import { hostTimeAt } from './host-time.js';
import { dueToGo, entriesOf, isKept, keptUntil, restored, type TrashEntry } from './trash.js';
import { newVm, type Vm, withStatus } from './vm.js';

const limits = { retentionMs: 1000, bytes: 100 };

function vm(uid: string, name = 'web'): Vm {
  const made = newVm({ uid, name, spec: emptySpec, start: false, now: 0 });
  return withStatus(made, { state: 'DELETING', sshHostKey: 'ssh-ed25519 K' });
}

function entry(uid: string, deletedAt: number, bytes = 10, name = 'web'): TrashEntry {
  return { vm: vm(uid, name), deleteTime: deletedAt, deletedAt, bytes };
}

const uids = (entries: readonly TrashEntry[]) => entries.map((each) => each.vm.uid);

test('what is older than the retention goes, and no sooner', () => {
  expect(uids(dueToGo([entry('a', 0), entry('b', 1)], limits, 999))).toEqual([]);
  expect(uids(dueToGo([entry('a', 0), entry('b', 1)], limits, 1000))).toEqual(['a']);
});

test('the oldest go until the rest fits', () => {
  const entries = [entry('c', 3, 50), entry('b', 2, 50), entry('a', 1, 50)];
  expect(uids(dueToGo(entries, limits, 10))).toEqual(['a']);
  expect(uids(dueToGo([...entries, entry('d', 4, 101)], limits, 10))).toEqual(['a', 'b', 'c', 'd']);
});

test('what is left always fits, is young enough, and nothing young goes while all fits', () => {
  const some = fc.array(fc.record({ deletedAt: fc.nat(2000), bytes: fc.nat(80) }), { maxLength: 8 });
  fc.assert(
    fc.property(some, fc.integer({ min: 2000, max: 4000 }), (given, upMs) => {
      const entries = given.map(({ deletedAt, bytes }, i) => entry(String(i), deletedAt, bytes));
      const due = dueToGo(entries, limits, upMs);
      const left = entries.filter((each) => !due.includes(each));
      const total = (of: readonly TrashEntry[]) => of.reduce((sum, each) => sum + each.bytes, 0);
      expect(total(left)).toBeLessThanOrEqual(limits.bytes);
      expect(left.every((each) => upMs - each.deletedAt < limits.retentionMs)).toBe(true);
      const oldestLeft = Math.min(...left.map((each) => each.deletedAt));
      expect(due.every((each) => each.deletedAt <= oldestLeft)).toBe(true);
      const young = due.filter((each) => upMs - each.deletedAt < limits.retentionMs);
      if (young.length > 0) expect(total(left) + Math.max(...young.map((each) => each.bytes))).toBeGreaterThan(0);
      if (total(entries) <= limits.bytes) expect(young).toEqual([]);
    }),
  );
});

test('only a vm with a disk that nobody wants gone is kept', () => {
  expect(isKept(vm('a'), limits)).toBe(true);
  expect(isKept({ ...vm('a'), temporary: true }, limits)).toBe(false);
  expect(isKept(withStatus(vm('a'), { sshHostKey: undefined }), limits)).toBe(false);
  expect(isKept(withStatus(vm('a'), { removal: { forced: false, purge: true } }), limits)).toBe(false);
  expect(isKept(vm('a'), { ...limits, retentionMs: 0 })).toBe(false);
});

test('a name stands for all that had it, the last deleted first, and a uid for one', () => {
  const entries = [entry('a', 1), entry('b', 9), entry('c', 5, 1, 'db')];
  expect(uids(entriesOf(entries, 'web'))).toEqual(['b', 'a']);
  expect(uids(entriesOf(entries, 'c'))).toEqual(['c']);
  expect(entriesOf(entries, 'none')).toEqual([]);
});

test('how long it is kept is told on the clock of people', () => {
  expect(keptUntil(entry('a', 200), limits, 50_000, 700)).toBe(50_500);
  expect(keptUntil(entry('a', 200), limits, 50_000, 7_000)).toBe(50_000);
});

test('it comes back without its place, which it asks for again, and without what was only true before', () => {
  const network = { ipv4Address: '10.77.0.12', macAddress: '', tap: 'bgr2', gateway: '', nat: false } as never;
  const gone = withStatus(vm('a'), { network, lastError: {} as never, removal: { forced: true, purge: false } });
  const back = restored({ ...entry('a', 1), vm: { ...gone, spec: { ...gone.spec, aliases: ['db', 'api'] } } }, 'db');
  expect(back).toMatchObject({ uid: 'a', name: 'db', goal: 'stopped', spec: { aliases: ['api'] } });
  expect(back.status).toMatchObject({ state: 'CREATING', formerAddress: '10.77.0.12', sshHostKey: 'ssh-ed25519 K' });
  for (const field of ['network', 'lastError', 'removal', 'process'] as const)
    expect(back.status[field]).toBeUndefined();
});

test('the time that the host runs is counted within a boot and over boots, and no clock of people with it', () => {
  const first = hostTimeAt(undefined, { bootId: 'one', uptimeMs: 500 });
  expect(first.upMs).toBe(0);
  const later = hostTimeAt(first, { bootId: 'one', uptimeMs: 800 });
  expect(later.upMs).toBe(300);
  // Booted again: what it was off is not known, and not counted.
  expect(hostTimeAt(later, { bootId: 'two', uptimeMs: 40 }).upMs).toBe(340);
  expect(hostTimeAt(later, { bootId: 'two', uptimeMs: 5000 }).upMs).toBe(5300);
  // A container within the same boot.
  expect(hostTimeAt(later, { bootId: 'one', uptimeMs: 20 }).upMs).toBe(320);
});
