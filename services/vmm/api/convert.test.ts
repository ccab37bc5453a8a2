import { expect, test } from '@jest/globals';
import {
  Acceleration,
  CreateVmRequest,
  GuestInit,
  HypervisorKind,
  UpdateVmRequest,
  VmState,
  Vm as WireVm,
} from '../../../gen/banger/vmm/v1/vm_service.js';
import { emptySpec } from '../../../test/fakes/requests.js';
import { newVm, type Vm, vmStates, withStatus } from '../domain/vm.js';
import { fromWireSpec, fromWireUpdate, toWireAcceleration, toWireEvent, toWireKind, toWireVm } from './convert.js';

const bare = newVm({ uid: '00112233445566aa', name: 'web', spec: emptySpec, start: true, now: 1_000 });

const full: Vm = {
  ...withStatus(bare, {
    state: 'RUNNING',
    step: 'launch',
    network: {
      ipv4Address: '10.77.0.10',
      macAddress: '52:54:00:00:00:01',
      tap: 'bgr0',
      gateway: '10.77.0.1',
      nat: true,
    },
    process: { pid: 7, startTime: 9 },
    hypervisor: { kind: 'qemu', acceleration: 'tcg', reason: 'no KVM' },
    lastError: { kind: 'internal', reason: 'HYPERVISOR_CRASHED', message: 'it ended', time: 2_000 },
    readyTime: 3_000,
    origin: { digest: 'sha256:i', init: 'light', user: 'debian' },
    kernelDigest: 'sha256:k',
    sshHostKey: 'ssh-ed25519 K',
    launched: { cpuCount: 1, memoryMib: 0, workDiskMib: 0 },
  }),
  revision: 12,
};

test('a vm with everything reaches the wire whole', () => {
  expect(toWireVm(full)).toEqual({
    name: 'web',
    uid: '00112233445566aa',
    spec: { ...emptySpec, init: GuestInit.UNSPECIFIED, hypervisor: HypervisorKind.UNSPECIFIED },
    status: {
      state: VmState.RUNNING,
      ipv4Address: '10.77.0.10',
      macAddress: '52:54:00:00:00:01',
      tap: 'bgr0',
      pid: 7,
      hypervisor: HypervisorKind.QEMU,
      acceleration: Acceleration.TCG,
      hypervisorReason: 'no KVM',
      lastError: { reason: 'HYPERVISOR_CRASHED', message: 'it ended', time: new Date(2_000) },
      step: 'launch',
      pendingRestart: true,
      readyTime: new Date(3_000),
      imageDigest: 'sha256:i',
      kernelDigest: 'sha256:k',
      sshHostKey: 'ssh-ed25519 K',
      sshUser: 'debian',
    },
    createTime: new Date(1_000),
    revision: 12,
  });
});

test('a vm that has nothing yet has the wire’s empty values', () => {
  const { status } = toWireVm(bare);
  expect(status).toEqual({ ...WireVm.fromPartial({ status: {} }).status, state: VmState.CREATING });
});

test('every field survives the encoding', () => {
  const wire = toWireVm(full);
  expect(WireVm.decode(WireVm.encode(wire).finish())).toEqual(wire);
});

test.each(vmStates)('the state %s has its name on the wire', (state) => {
  expect(VmState[toWireVm(withStatus(bare, { state })).status?.state ?? 0]).toBe(state);
});

test('how a guest ran is told only while it runs', () => {
  const stopped = withStatus(full, { process: undefined });
  expect(toWireVm(stopped).status).toMatchObject({ hypervisor: HypervisorKind.QEMU, acceleration: 0, pid: 0 });
});

test('kinds and accelerations', () => {
  expect([toWireKind('any'), toWireKind('qemu')]).toEqual([HypervisorKind.UNSPECIFIED, HypervisorKind.QEMU]);
  expect([toWireAcceleration('kvm'), toWireAcceleration('tcg')]).toEqual([Acceleration.KVM, Acceleration.TCG]);
});

test('an absent spec is one in which everything has its default', () => {
  expect(fromWireSpec(undefined)).toEqual({ spec: emptySpec, violations: [] });
  expect(fromWireSpec(CreateVmRequest.fromPartial({ spec: {} }).spec)).toEqual({ spec: emptySpec, violations: [] });
});

test.each([
  [GuestInit.UNSPECIFIED, 'image'],
  [GuestInit.SYSTEM, 'system'],
  [GuestInit.LIGHT, 'light'],
])('the init %s is %s, there and back', (wire, init) => {
  const { spec } = fromWireSpec(CreateVmRequest.fromPartial({ spec: { init: wire } }).spec);
  expect(spec.init).toBe(init);
  expect(toWireVm({ ...bare, spec }).spec?.init).toBe(wire);
});

test('a spec is read field by field', () => {
  const asked = { cpuCount: 2, memoryMib: 3, image: 'i', kernel: 'k', diskMib: 4, workDiskMib: 5, nat: true };
  const { spec } = fromWireSpec(
    CreateVmRequest.fromPartial({ spec: { ...asked, hypervisor: HypervisorKind.QEMU } }).spec,
  );
  expect(spec).toEqual({ ...asked, init: 'image', hypervisor: 'qemu' });
});

test('values from a newer contract are mistakes, not defaults', () => {
  const asked = { spec: { init: 9 as GuestInit, hypervisor: 9 as HypervisorKind } };
  const { violations } = fromWireSpec(CreateVmRequest.fromPartial(asked).spec);
  expect(violations.map(({ field }) => field)).toEqual(['spec.init', 'spec.hypervisor']);
});

test('an update has only what the caller has set', () => {
  const over = (change: Partial<UpdateVmRequest>) => {
    const bytes = UpdateVmRequest.encode(UpdateVmRequest.fromPartial({ name: 'web', ...change })).finish();
    return fromWireUpdate(UpdateVmRequest.decode(bytes));
  };
  expect(over({})).toEqual({});
  expect(over({ nat: false, workDiskMib: 0 })).toEqual({ nat: false, workDiskMib: 0 });
  expect(over({ cpuCount: 2, memoryMib: 3 })).toEqual({ cpuCount: 2, memoryMib: 3 });
});

test('each kind of event has its case', () => {
  expect(toWireEvent({ kind: 'upserted', revision: 12, vm: full })).toEqual({
    revision: 12,
    event: { $case: 'upserted', value: toWireVm(full) },
  });
  expect(toWireEvent({ kind: 'deleted', revision: 13, name: 'web', uid: 'u' })).toEqual({
    revision: 13,
    event: { $case: 'deleted', value: { name: 'web', uid: 'u' } },
  });
  expect(toWireEvent({ kind: 'synced', revision: 14 })).toEqual({
    revision: 14,
    event: { $case: 'synced', value: {} },
  });
});
