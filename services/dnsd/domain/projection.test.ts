import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type VmEvent, type VmFact, VmProjection } from './projection.js';

const upserted = (uid: string, name: string, address: string, rest: Partial<VmFact> = {}): VmEvent => ({
  kind: 'upserted',
  vm: { uid, name, address, aliases: [], ipv6Address: '', deleting: false, ...rest },
});
const synced: VmEvent = { kind: 'synced' };

/** Every label that means a VM, with its address, by label. */
function namesOf(projection: VmProjection): string[] | undefined {
  const names = projection.names();
  return names && [...names.owners()].map((label) => `${label} ${names.owner(label)?.vm.address}`).sort();
}

function watched(...events: VmEvent[]): VmProjection {
  const projection = new VmProjection();
  projection.begin();
  for (const event of events) projection.apply(event);
  return projection;
}

test('nothing is known before the first snapshot is complete', () => {
  expect(namesOf(watched(upserted('1', 'web', '10.77.0.10')))).toBeUndefined();
  expect(namesOf(watched(synced))).toEqual([]);
});

test('a VM has a name while it has an address and is not being deleted', () => {
  const projection = watched(upserted('1', 'web', ''), synced);
  expect(namesOf(projection)).toEqual([]);
  projection.apply(upserted('1', 'web', '10.77.0.10'));
  expect(namesOf(projection)).toEqual(['web 10.77.0.10']);
  projection.apply(upserted('1', 'web', '10.77.0.10', { deleting: true }));
  expect(namesOf(projection)).toEqual([]);
});

test('the end of a former VM does not take the name from the new one', () => {
  const projection = watched(upserted('1', 'web', '10.77.0.10'), synced);
  projection.apply(upserted('2', 'web', '10.77.0.11'));
  projection.apply({ kind: 'deleted', uid: '1' });
  expect(namesOf(projection)).toEqual(['web 10.77.0.11']);
});

test('a name, alias or address that is none is left out', () => {
  const projection = watched(
    upserted('1', 'Web.Site', '10.77.0.10'),
    upserted('2', 'db', 'fe80::1'),
    upserted('3', 'app', '10.77.0.12', { aliases: ['a.b', 'api'], ipv6Address: '10.77.0.12' }),
    upserted('4', 'six', '10.77.0.13', { ipv6Address: 'fd00:77::d' }),
    synced,
  );
  expect(namesOf(projection)).toEqual(['api 10.77.0.12', 'app 10.77.0.12', 'six 10.77.0.13']);
  expect(projection.names()?.owner('app')?.vm.ipv6Address).toBeUndefined();
  expect(projection.names()?.owner('six')?.vm.ipv6Address).toBe('fd00:77::d');
});

test('a new snapshot takes the place of the old at once, when it is complete', () => {
  const projection = watched(upserted('1', 'web', '10.77.0.10'), synced);
  projection.begin();
  projection.apply(upserted('2', 'db', '10.77.0.11'));
  expect(namesOf(projection)).toEqual(['web 10.77.0.10']);
  projection.apply(synced);
  expect(namesOf(projection)).toEqual(['db 10.77.0.11']);
});

test.each<[string, boolean, VmEvent[]]>([
  ['the same VMs', false, [upserted('1', 'web', '10.77.0.10'), upserted('2', 'db', '10.77.0.11')]],
  [
    'the same in the end',
    false,
    [upserted('2', 'db', '10.77.0.11'), upserted('1', 'web', ''), upserted('1', 'web', '10.77.0.10')],
  ],
  ['one less', true, [upserted('1', 'web', '10.77.0.10')]],
  [
    'one more',
    true,
    [upserted('1', 'web', '10.77.0.10'), upserted('2', 'db', '10.77.0.11'), upserted('3', 'x', '10.77.0.12')],
  ],
  ['another in its place', true, [upserted('1', 'web', '10.77.0.10'), upserted('3', 'db', '10.77.0.11')]],
  [
    'another alias',
    true,
    [upserted('1', 'web', '10.77.0.10', { aliases: ['www'] }), upserted('2', 'db', '10.77.0.11')],
  ],
])('a new snapshot with %s changes what is served: %s', (_what, changes, events) => {
  const projection = watched(upserted('1', 'web', '10.77.0.10'), upserted('2', 'db', '10.77.0.11'), synced);
  projection.begin();
  for (const event of events) expect(projection.apply(event)).toBe(false);
  expect(projection.apply(synced)).toBe(changes);
  expect(projection.apply(synced)).toBe(false);
});

test('an event that says nothing new changes nothing', () => {
  const projection = watched(upserted('1', 'web', '10.77.0.10'), synced);
  expect(projection.apply(upserted('1', 'web', '10.77.0.10'))).toBe(false);
  expect(projection.apply({ kind: 'deleted', uid: '2' })).toBe(false);
  expect(projection.apply(upserted('1', 'web', '10.77.0.10', { ipv6Address: 'fd00:77::a' }))).toBe(true);
  expect(projection.apply({ kind: 'deleted', uid: '1' })).toBe(true);
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
        expect(namesOf(projection)?.map((line) => line.split(' ')[0])).toEqual(served && [...served].sort());
      }
    }),
  );
});
