import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type NamedVm, NameTable } from './name-table.js';
import { pathAbove, reversePath } from './reverse-zone.js';

const labels = ['a', 'b', 'c', 'd'];
const addresses = ['10.77.0.1', '10.77.0.2', '10.77.1.1'];
const ipv6Addresses = ['fd00:77::1', 'fd00:77::12', 'fd00:77::1:1'];

const anyVm: fc.Arbitrary<NamedVm> = fc.record(
  {
    name: fc.constantFrom(...labels),
    aliases: fc.uniqueArray(fc.constantFrom(...labels), { maxLength: 3 }),
    address: fc.constantFrom(...addresses),
    ipv6Address: fc.constantFrom(...ipv6Addresses),
  },
  { requiredKeys: ['name', 'aliases', 'address'] },
);
const uid = fc.constantFrom('1', '2', '3', '4');
const step = fc.oneof(
  fc.record({ uid, vm: anyVm }),
  uid.map((id) => ({ uid: id, vm: undefined })),
);

/** What a label and a path mean, by looking at all VMs, the newest last. */
const ownerAmong = (vms: readonly NamedVm[], label: string) =>
  vms.findLast((vm) => vm.name === label) ?? vms.findLast((vm) => vm.aliases.includes(label));
function pointerAmong(vms: readonly NamedVm[], family: 'ipv4' | 'ipv6', path: string) {
  const paths = vms.map((vm) => {
    const address = family === 'ipv4' ? vm.address : (vm.ipv6Address ?? '');
    return { vm, path: reversePath(family, address) ?? '' };
  });
  const holder = paths.findLast((one) => one.path === path)?.vm;
  return (
    holder ?? (paths.some((one) => one.path.startsWith(family === 'ipv4' ? `${path}.` : path)) ? 'empty' : undefined)
  );
}

const familyPaths = (family: 'ipv4' | 'ipv6', texts: readonly string[]) =>
  texts.flatMap((text) => {
    const paths = [];
    for (let path = reversePath(family, text); path !== undefined; path = pathAbove(family, path)) paths.push(path);
    return paths;
  });

const knownPaths = [
  ['ipv4', familyPaths('ipv4', addresses)],
  ['ipv6', familyPaths('ipv6', ipv6Addresses)],
] as const;

test('whatever VMs come, change and go, the table is what looking at all of them would tell', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const table = new NameTable();
      const model = new Map<string, NamedVm>();
      for (const { uid: id, vm } of steps) {
        if (vm) table.put(id, vm);
        else table.remove(id);
        if (vm) model.set(id, vm);
        else model.delete(id);
        const vms = [...model.values()];
        expect(new Set(table.owners())).toEqual(new Set(vms.flatMap((one) => [one.name, ...one.aliases])));
        expect(labels.map((label) => table.owner(label)?.vm)).toEqual(labels.map((label) => ownerAmong(vms, label)));
        for (const [family, paths] of knownPaths) {
          const told = paths.map((path) => {
            const holder = table.pointer(family, path);
            return holder === 'empty' ? holder : holder?.vm;
          });
          expect(told).toEqual(paths.map((path) => pointerAmong(vms, family, path)));
        }
        expect(table.size).toBe(vms.length);
      }
    }),
  );
});
