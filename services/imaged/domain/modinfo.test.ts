import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { makeElf, makeModule } from '../../../test/fakes/kernel-package.js';
import { loadOrder } from './load-order.js';
import { canonicalModuleName, moduleDependencies, readModinfo } from './modinfo.js';

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
