import { expect, test } from '@jest/globals';
import {
  Acceleration,
  CreateVmRequest,
  GuestInit,
  HypervisorKind,
  RestartPolicy,
  Tie,
  UpdateVmRequest,
  VmState,
  Vm as WireVm,
} from '../../../gen/banger/vmm/v1/vm_service.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { emptySpec } from '../../../test/fakes/requests.js';
import { newVm, type Vm, vmStates, withStatus } from '../domain/vm.js';
import {
  fromWireSpec,
  fromWireTie,
  fromWireUpdate,
  toWireAcceleration,
  toWireEvent,
  toWireKind,
  toWireVm,
} from './convert.js';

const bare = newVm({ uid: '00112233445566aa', name: 'web', spec: emptySpec, start: true, now: 1_000 });

const full: Vm = {
  ...withStatus(
    { ...bare, tie: { process: { pid: 77, startTime: 9 }, end: 'delete' } },
    {
      state: 'RUNNING',
      step: 'launch',
      network: {
        ipv4Address: '10.77.0.10',
        macAddress: '52:54:00:00:00:01',
        tap: 'bgr0',
        gateway: '10.77.0.1',
        nat: true,
        policy: emptyPolicy,
      },
      process: { pid: 7, startTime: 9 },
      hypervisor: { kind: 'firecracker', acceleration: 'kvm', version: '1.16.1', jailed: true, reason: 'KVM is there' },
      jailUid: 600_000,
      restarts: { count: 3, quick: 1, notBefore: 2_500, reason: 'its guest rebooted' },
      lastError: { kind: 'internal', reason: 'HYPERVISOR_CRASHED', message: 'it ended', time: 2_000 },
      readyTime: 3_000,
      origin: { digest: 'sha256:i', init: 'light', user: 'debian' },
      kernelDigest: 'sha256:k',
      sshHostKey: 'ssh-ed25519 K',
      launched: { cpuCount: 1, memoryMib: 0, workDiskMib: 0, hypervisor: 'any' },
    },
  ),
  revision: 12,
};

test('a vm with everything reaches the wire whole', () => {
  expect(toWireVm(full)).toEqual({
    name: 'web',
    uid: '00112233445566aa',
    spec: {
      ...emptySpec,
      policy: { allowFrom: [], egress: [], publishedPorts: [] },
      init: GuestInit.UNSPECIFIED,
      hypervisor: HypervisorKind.UNSPECIFIED,
      restartPolicy: RestartPolicy.NEVER,
    },
    status: {
      state: VmState.RUNNING,
      ipv4Address: '10.77.0.10',
      macAddress: '52:54:00:00:00:01',
      tap: 'bgr0',
      pid: 7,
      hypervisor: HypervisorKind.FIRECRACKER,
      acceleration: Acceleration.KVM,
      hypervisorReason: 'KVM is there',
      lastError: { reason: 'HYPERVISOR_CRASHED', message: 'it ended', time: new Date(2_000) },
      step: 'launch',
      pendingRestart: true,
      readyTime: new Date(3_000),
      imageDigest: 'sha256:i',
      kernelDigest: 'sha256:k',
      sshHostKey: 'ssh-ed25519 K',
      sshUser: 'debian',
      hypervisorVersion: '1.16.1',
      jailUid: 600_000,
      restartCount: 3,
      restartReason: 'its guest rebooted',
      ipv6Address: '',
      stateReason: '',
      tie: Tie.DELETE,
      tiedPid: 77,
    },
    createTime: new Date(1_000),
    revision: 12,
    temporary: false,
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
  expect(toWireVm(stopped).status).toMatchObject({ hypervisor: HypervisorKind.FIRECRACKER, acceleration: 0, pid: 0 });
});

test('the user of a jail is told only of a vm that is in one', () => {
  const hypervisor = { kind: 'qemu', acceleration: 'tcg', version: '7.2', jailed: false, reason: '' } as const;
  expect(toWireVm(withStatus(full, { hypervisor })).status?.jailUid).toBe(0);
});

test('kinds and accelerations', () => {
  expect((['any', 'qemu', 'firecracker'] as const).map(toWireKind)).toEqual([
    HypervisorKind.UNSPECIFIED,
    HypervisorKind.QEMU,
    HypervisorKind.FIRECRACKER,
  ]);
  expect(([undefined, 'kvm', 'tcg'] as const).map(toWireAcceleration)).toEqual([
    Acceleration.UNSPECIFIED,
    Acceleration.KVM,
    Acceleration.TCG,
  ]);
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

test.each([
  [RestartPolicy.NEVER, 'never'],
  [RestartPolicy.ON_FAILURE, 'on-failure'],
  [RestartPolicy.ALWAYS, 'always'],
])('the restart policy %s is %s, there and back, and in an update', (wire, restartPolicy) => {
  const { spec } = fromWireSpec(CreateVmRequest.fromPartial({ spec: { restartPolicy: wire } }).spec);
  expect(spec.restartPolicy).toBe(restartPolicy);
  expect(toWireVm({ ...bare, spec }).spec?.restartPolicy).toBe(wire);
  expect(fromWireUpdate(UpdateVmRequest.fromPartial({ restartPolicy: wire })).change).toEqual({ restartPolicy });
});

test('a spec is read field by field', () => {
  const asked = {
    cpuCount: 2,
    memoryMib: 3,
    image: 'i',
    kernel: 'k',
    diskMib: 4,
    workDiskMib: 5,
    nat: true,
    aliases: ['db'],
    ipv4Address: '10.77.0.53',
    macAddress: '52:54:00:12:34:56',
    autostart: true,
    autostartOrder: 7,
    labels: { app: 'ci' },
    environment: { A: '1' },
    userData: '#cloud-config',
  };
  const { spec } = fromWireSpec(
    CreateVmRequest.fromPartial({ spec: { ...asked, hypervisor: HypervisorKind.QEMU } }).spec,
  );
  expect(spec).toEqual({ ...asked, init: 'image', hypervisor: 'qemu', restartPolicy: 'never', policy: emptyPolicy });
});

test('aliases are told, and changed only when they are given', () => {
  const spec = { ...emptySpec, aliases: ['db'] };
  expect(toWireVm({ ...bare, spec }).spec?.aliases).toEqual(['db']);
  const change = (aliases: string[]) => fromWireUpdate(UpdateVmRequest.fromPartial({ aliases: { aliases } })).change;
  expect([change(['db']), change([])]).toEqual([{ aliases: ['db'] }, { aliases: [] }]);
  expect(fromWireUpdate(UpdateVmRequest.fromPartial({})).change).toEqual({});
});

test('labels are told, are in their one form, and are changed only when they are given', () => {
  const { spec } = fromWireSpec(CreateVmRequest.fromPartial({ spec: { labels: { b: '1', a: '2' } } }).spec);
  expect(JSON.stringify(spec.labels)).toBe('{"a":"2","b":"1"}');
  expect(toWireVm({ ...bare, spec }).spec?.labels).toEqual({ a: '2', b: '1' });
  const labels = { set: { a: '3' }, remove: ['b'] };
  expect(fromWireUpdate(UpdateVmRequest.fromPartial({ labels }))).toEqual({ change: {}, labels, violations: [] });
  expect(fromWireUpdate(UpdateVmRequest.fromPartial({}))).not.toHaveProperty('labels');
});

test('values from a newer contract are mistakes, not defaults', () => {
  const hypervisor = 9 as HypervisorKind;
  const restartPolicy = 9 as RestartPolicy;
  const asked = { spec: { init: 9 as GuestInit, hypervisor, restartPolicy } };
  const { violations } = fromWireSpec(CreateVmRequest.fromPartial(asked).spec);
  expect(violations.map(({ field }) => field)).toEqual(['spec.init', 'spec.hypervisor', 'spec.restart_policy']);
  expect(fromWireUpdate(UpdateVmRequest.fromPartial({ hypervisor, restartPolicy }))).toEqual({
    change: {},
    violations: [
      { field: 'restart_policy', description: expect.stringContaining('it knows never, on-failure, always') },
      { field: 'hypervisor', description: expect.stringContaining('it knows any, qemu, firecracker') },
    ],
  });
});

test('an update has only what the caller has set', () => {
  const over = (change: Partial<UpdateVmRequest>) => {
    const bytes = UpdateVmRequest.encode(UpdateVmRequest.fromPartial({ name: 'web', ...change })).finish();
    return fromWireUpdate(UpdateVmRequest.decode(bytes)).change;
  };
  expect(over({})).toEqual({});
  expect(over({ nat: false, workDiskMib: 0 })).toEqual({ nat: false, workDiskMib: 0 });
  expect(over({ cpuCount: 2, memoryMib: 3 })).toEqual({ cpuCount: 2, memoryMib: 3 });
  expect(over({ autostart: false, autostartOrder: 0 })).toEqual({ autostart: false, autostartOrder: 0 });
  // Asking for the standard is a change too.
  expect(over({ hypervisor: 0, restartPolicy: 0 })).toEqual({ hypervisor: 'any', restartPolicy: 'never' });
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

test('a tie is read by its value, and one that nobody knows is told', () => {
  expect(fromWireTie(Tie.STOP)).toEqual({ tie: 'stop', violations: [] });
  expect(fromWireTie(Tie.DELETE)).toEqual({ tie: 'delete', violations: [] });
  expect(fromWireTie(undefined)).toEqual({ tie: undefined, violations: [] });
  const { tie, violations } = fromWireTie(9 as Tie);
  expect({ tie, violations }).toEqual({
    tie: undefined,
    violations: [{ field: 'tie', description: 'is no value that this banger knows; it knows stop, delete' }],
  });
});
