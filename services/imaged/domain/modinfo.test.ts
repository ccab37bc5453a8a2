import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { makeElf, makeModule } from '../../../test/fakes/kernel-package.js';
import { loadOrder } from './load-order.js';
import { builtinModules, canonicalModuleName, moduleDependencies, moduleRelease, readModinfo } from './modinfo.js';

test('reads every entry of a module, repeated keys too', () => {
  const info = readModinfo(makeModule(['name=virtio_net', 'alias=virtio:d1v*', 'alias=virtio:d2v*', 'depends=']));
  expect([...info]).toEqual([
    ['name', ['virtio_net']],
    ['alias', ['virtio:d1v*', 'virtio:d2v*']],
    ['depends', ['']],
  ]);
});

test('dependencies have canonical names; "-" and "_" are the same', () => {
  expect(moduleDependencies(makeModule(['depends=virtio-ring,net_failover']))).toEqual(['virtio_ring', 'net_failover']);
  expect(moduleDependencies(makeModule(['depends=']))).toEqual([]);
  expect(canonicalModuleName('virtio-rng')).toBe('virtio_rng');
});

test('what is no module is refused', () => {
  expect(() => readModinfo(Buffer.from('text'))).toThrow('no 64-bit ELF');
  expect(() => readModinfo(makeElf([]))).toThrow('no section .modinfo');
});

test('each module is loaded once, after what it depends on', () => {
  const names = fc.integer({ min: 0, max: 12 }).map((n) => `m${n}`);
  // A module depends on modules with higher numbers only, so that there is an order.
  const graph = fc.array(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }), { minLength: 13, maxLength: 13 });
  fc.assert(
    fc.property(graph, fc.array(names), (steps, wanted) => {
      const dependencies = new Map(
        steps.map((list, i) => [`m${i}`, list.filter((step) => i + step <= 12).map((step) => `m${i + step}`)]),
      );
      const order = loadOrder(wanted, (module) => dependencies.get(module));
      expect(new Set(order).size).toBe(order.length);
      for (const name of wanted) expect(order).toContain(name);
      for (const [i, name] of order.entries()) {
        for (const needed of dependencies.get(name) ?? []) expect(order.slice(0, i)).toContain(needed);
      }
    }),
  );
});

test('what is built in is left out', () => {
  expect(loadOrder(['ext4', 'overlay'], (name) => (name === 'overlay' ? ['ext4'] : undefined))).toEqual(['overlay']);
});

test('a module says which kernel it is for, unless it does not', () => {
  expect(moduleRelease(makeModule(['vermagic=6.9.1-1-cloud-amd64 SMP preempt mod_unload']))).toBe(
    '6.9.1-1-cloud-amd64',
  );
  expect(moduleRelease(makeModule(['depends=']))).toBeUndefined();
});

test('the list of what is built in gives canonical names', () => {
  const list = 'kernel/fs/ext4/ext4.ko\nkernel/drivers/char/hw_random/virtio-rng.ko\n\nno module\n';
  expect([...builtinModules(list)]).toEqual(['ext4', 'virtio_rng']);
});

test('whatever the bytes are, they are read as a module or refused with a RangeError', () => {
  const good = makeModule(['name=overlay', 'depends=a,b', 'vermagic=6.9.1 SMP']);
  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 });
  const bytes = fc.tuple(changes, fc.nat(good.length)).map(([some, length]) => {
    const module = Buffer.from(good);
    for (const [at, value] of some) module[at] = value;
    return module.subarray(0, length);
  });
  const check = (module: Buffer) => {
    try {
      for (const name of moduleDependencies(module)) expect(name).not.toContain(',');
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  };
  fc.assert(fc.property(bytes, check), { numRuns: 3000 });
});
