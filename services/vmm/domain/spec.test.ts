import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptySpec } from '../../../test/fakes/requests.js';
import {
  changeViolations,
  graceViolation,
  nameViolation,
  requestIdViolation,
  specViolations,
  withDefaults,
} from './spec.js';

const host = { memoryMib: 65_536 };
const asked = emptySpec;
const standard = withDefaults(asked);

test('nothing asked for gives the defaults, which are right', () => {
  expect(standard).toEqual({ ...asked, cpuCount: 1, memoryMib: 512, image: 'debian', diskMib: 8192 });
  expect(specViolations(standard, host)).toEqual([]);
});

test('what is asked for stays', () => {
  const spec = { ...asked, cpuCount: 3, memoryMib: 64, image: 'sha256:0', kernel: 'k', diskMib: 256, workDiskMib: 16 };
  expect(withDefaults(spec)).toEqual(spec);
  expect(specViolations(spec, host)).toEqual([]);
});

test.each([
  [{ cpuCount: 65 }, 'cpu_count: must be 1 to 64, is 65'],
  [{ cpuCount: -1 }, 'cpu_count: must be 1 to 64, is -1'],
  [{ cpuCount: 1.5 }, 'cpu_count: must be 1 to 64, is 1.5'],
  [{ memoryMib: 63 }, 'memory_mib: must be 64 to 1048576 MiB, is 63'],
  [{ memoryMib: 65_537 }, 'memory_mib: is 65537 MiB, but this host has only 65536 MiB'],
  [{ diskMib: 255 }, 'disk_mib: must be 256 to 16777216 MiB, is 255'],
  [{ workDiskMib: -1 }, 'work_disk_mib: must be 16 to 16777216 MiB, is -1'],
  [{ workDiskMib: 16_777_217 }, 'work_disk_mib: must be 16 to 16777216 MiB, is 16777217'],
])('%j is refused with its range', (change, expected) => {
  const [violation] = specViolations({ ...standard, ...change }, host);
  expect(`${violation?.field}: ${violation?.description}`).toBe(expected);
});

test('no reference that passes can be an option, a path or a second line', () => {
  const passes = (image: string) => specViolations({ ...standard, image }, host).length === 0;
  fc.assert(
    fc.property(fc.string(), (image) => {
      fc.pre(passes(image));
      expect(image).toMatch(/^[^-./\s][^/\s]*$/);
    }),
  );
  for (const image of ['debian', 'debian-12.5', 'my_image:latest', `sha256:${'a'.repeat(64)}`])
    expect(passes(image)).toBe(true);
  for (const image of ['-x', '../x', 'a b', 'a\nb', 'x'.repeat(129)]) expect(passes(image)).toBe(false);
});

test('a change is judged with what it leaves as it is', () => {
  const spec = { ...standard, workDiskMib: 100 };
  expect(changeViolations(spec, { workDiskMib: 100 }, host)).toEqual([]);
  expect(changeViolations(spec, {}, host)).toEqual([]);
  expect(changeViolations(spec, { workDiskMib: 99 }, host)).toMatchObject([{ field: 'work_disk_mib' }]);
  expect(changeViolations(spec, { memoryMib: 1, cpuCount: 0 }, host)).toHaveLength(2);
});

test('names, request ids and graces', () => {
  expect(nameViolation('web-1')).toBeUndefined();
  expect(nameViolation('')).toMatchObject({ field: 'name', description: 'must not be empty' });
  expect(requestIdViolation('r'.repeat(64))).toBeUndefined();
  expect(requestIdViolation('r'.repeat(65))).toMatchObject({ field: 'request_id' });
  expect([0, 1, 3600].map(graceViolation)).toEqual([undefined, undefined, undefined]);
  expect([-1, 3601].map((grace) => graceViolation(grace)?.field)).toEqual(['grace_seconds', 'grace_seconds']);
});

test('labels have all their mistakes told, each at its key', () => {
  const labels = { 'a b': '', app: 'c d', ok: 'v' };
  expect(specViolations({ ...standard, labels }, host, 'spec.').map(({ field }) => field)).toEqual([
    'spec.labels[a b]',
    'spec.labels[app]',
  ]);
});
