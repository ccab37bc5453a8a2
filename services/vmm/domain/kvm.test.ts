import { describe, expect, test } from '@jest/globals';
import { type KvmFacts, kvmFor, kvmOverview } from './kvm.js';

const works: KvmFacts = { user: 'anna', hasVirtualisation: true, isPvm: false };
const plain: KvmFacts = { ...works, hasVirtualisation: false };

const obstacles: readonly (readonly [string, KvmFacts, string, string])[] = [
  ['no device', { ...works, deviceError: 'ENOENT' }, '/dev/kvm does not exist', 'modprobe kvm_intel'],
  ['no device and no virtualisation', { ...plain, deviceError: 'ENOENT' }, '/dev/kvm does not exist', 'firmware'],
  [
    'no right',
    { ...works, deviceError: 'EACCES' },
    'the user anna may not open /dev/kvm',
    'sudo usermod -aG kvm anna`, then log in again',
  ],
  ['a container', { ...works, deviceError: 'EPERM' }, '/dev/kvm may not be opened in this container', '/dev/kvm'],
  ['a device without a driver', { ...works, deviceError: 'ENXIO' }, '/dev/kvm cannot be opened (ENXIO)', 'modprobe'],
  ['no virtualisation', plain, 'the processor shows neither vmx nor svm', 'nested virtualisation'],
  ['the other KVM', { ...works, isPvm: true }, 'kvm_pvm is loaded, which boots no ordinary guest', 'kvm_intel'],
];

describe.each(obstacles)('%s', (_what, facts, detail, remedy) => {
  const finding = { ok: false, detail, remedy: expect.stringContaining(remedy) };

  test('rules KVM out, whatever a trial has shown, and the way out is told', () => {
    expect(kvmFor('firecracker', 'auto', facts, undefined)).toEqual(finding);
    expect(kvmFor('qemu', 'auto', facts, {})).toEqual(finding);
    expect(kvmOverview(facts, { qemu: {} })).toEqual(finding);
  });
});

test('KVM that is there waits for a trial boot, which decides', () => {
  expect(kvmFor('qemu', 'auto', works, undefined)).toMatchObject({
    ok: true,
    detail: expect.stringContaining('first start'),
  });
  expect(kvmFor('qemu', 'auto', works, {})).toEqual({
    ok: true,
    detail: 'KVM passed a trial boot with qemu',
    remedy: '',
  });
  expect(kvmFor('qemu', 'auto', works, { problem: 'it hung' })).toEqual({
    ok: false,
    detail: 'KVM failed a trial boot with qemu: it hung',
    remedy: expect.stringContaining('acceleration = "kvm"'),
  });
});

test('a setting is obeyed, as far as there is a device', () => {
  expect(kvmFor('qemu', 'tcg', works, {})).toMatchObject({ ok: false, remedy: 'set it to "auto"' });
  expect(kvmFor('qemu', 'kvm', { ...plain, isPvm: true }, { problem: 'it hung' })).toMatchObject({ ok: true });
  expect(kvmFor('qemu', 'kvm', { ...works, deviceError: 'ENOENT' }, {})).toMatchObject({ ok: false });
});

test('of the host as a whole, a trial that failed is told first', () => {
  expect(kvmOverview(works, {})).toMatchObject({ ok: true, detail: expect.stringContaining('first start') });
  expect(kvmOverview(works, { firecracker: {}, qemu: {} }).detail).toBe('KVM passed a trial boot with firecracker');
  expect(kvmOverview(works, { firecracker: {}, qemu: { problem: 'it hung' } }).detail).toBe(
    'KVM failed a trial boot with qemu: it hung',
  );
});
