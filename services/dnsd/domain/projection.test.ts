import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type VmEvent, type VmFact, VmProjection } from './projection.js';

const fact = (uid: string, name: string, address: string, deleting = false): VmFact => ({
  uid,
  name,
  address,
  deleting,
});
const upserted = (...args: Parameters<typeof fact>): VmEvent => ({ kind: 'upserted', vm: fact(...args) });

function watched(...events: VmEvent[]): VmProjection {
  const projection = new VmProjection();
  projection.begin();
  for (const event of events) projection.apply(event);
  return projection;
}

test('nothing is known before the first snapshot is complete', () => {
  expect(watched(upserted('1', 'web', '10.77.0.10')).named()).toBeUndefined();
  expect(watched({ kind: 'synced' }).named()).toEqual([]);
});

test('a VM has a name while it has an address and is not being deleted', () => {
  const projection = watched(upserted('1', 'web', ''), { kind: 'synced' });
  expect(projection.named()).toEqual([]);
  projection.apply(upserted('1', 'web', '10.77.0.10'));
  expect(projection.named()).toEqual([{ name: 'web', address: '10.77.0.10' }]);
  projection.apply(upserted('1', 'web', '10.77.0.10', true));
  expect(projection.named()).toEqual([]);
});

test('the end of a former VM does not take the name from the new one', () => {
  const projection = watched(upserted('1', 'web', '10.77.0.10'), { kind: 'synced' });
  projection.apply(upserted('2', 'web', '10.77.0.11'));
  projection.apply({ kind: 'deleted', uid: '1' });
  expect(projection.named()).toEqual([{ name: 'web', address: '10.77.0.11' }]);
});

test('a name or address that is none is left out', () => {
  const projection = watched(upserted('1', 'Web.Site', '10.77.0.10'), upserted('2', 'db', 'fe80::1'), {
    kind: 'synced',
  });
  expect(projection.named()).toEqual([]);
});

test('a new snapshot takes the place of the old at once, when it is complete', () => {
  const projection = watched(upserted('1', 'web', '10.77.0.10'), { kind: 'synced' });
  projection.begin();
  projection.apply(upserted('2', 'db', '10.77.0.11'));
  expect(projection.named()).toEqual([{ name: 'web', address: '10.77.0.10' }]);
  projection.apply({ kind: 'synced' });
  expect(projection.named()).toEqual([{ name: 'db', address: '10.77.0.11' }]);
});

test('however watches are cut off, what is served is the last complete view', () => {
  const uid = fc.constantFrom('1', '2', '3');
  const event = fc.oneof(
    uid.map((id): VmEvent => upserted(id, `vm${id}`, `10.77.0.1${id}`)),
    uid.map((id): VmEvent => ({ kind: 'deleted', uid: id })),
    fc.constant<VmEvent>({ kind: 'synced' }),
    fc.constant('begin' as const),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const projection = new VmProjection();
      projection.begin();
      let served: Set<string> | undefined;
      let aside: Set<string> | undefined = new Set();
      for (const step of events) {
        if (step === 'begin') {
          projection.begin();
          aside = new Set();
          continue;
        }
        projection.apply(step);
        const view: Set<string> | undefined = aside ?? served;
        if (step.kind === 'upserted') view?.add(step.vm.name);
        if (step.kind === 'deleted') view?.delete(`vm${step.uid}`);
        if (step.kind === 'synced') {
          served = view;
          aside = undefined;
        }
        expect(projection.named()?.map((vm) => vm.name)).toEqual(served && [...served].sort());
      }
    }),
  );
});
