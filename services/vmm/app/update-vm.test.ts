import { beforeEach, expect, test } from '@jest/globals';
import { BangerError } from '../../../lib/errors.js';
import { toolLack } from '../../../test/fakes/findings.js';
import { creation, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import type { SpecChange } from '../domain/spec.js';
import { isRestartPending } from '../domain/vm.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { restartVm } from './restart-vm.js';
import { updateVm } from './update-vm.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const create = (change?: Parameters<typeof creation>[0]) => createVm(world.vmm, creation(change));
const update = (change: SpecChange) => updateVm(world.vmm, { name: 'web', change, violations: [] });
const restart = () => restartVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
const bytesPerMib = 1024 * 1024;

test('processors and memory change at the next start, and the vm says so until then', async () => {
  await create();
  const changed = await update({ cpuCount: 2, memoryMib: 1024 });
  expect(changed).toMatchObject({ spec: { cpuCount: 2, memoryMib: 1024 }, status: { state: 'RUNNING' } });
  expect(isRestartPending(changed)).toBe(true);
  const restarted = await restart();
  expect(isRestartPending(restarted)).toBe(false);
  expect(world.hypervisors.host.processes.at(-1)?.plan).toMatchObject({ cpuCount: 2, memoryMib: 1024 });
});

test('another hypervisor comes at the next start, and the vm says so until then', async () => {
  await create();
  const changed = await update({ hypervisor: 'firecracker' });
  expect(changed).toMatchObject({ spec: { hypervisor: 'firecracker' }, status: { hypervisor: { kind: 'qemu' } } });
  expect(isRestartPending(changed)).toBe(true);
  const restarted = await restart();
  expect(restarted.status.hypervisor?.kind).toBe('firecracker');
  expect(isRestartPending(restarted)).toBe(false);
});

test('a hypervisor that this host lacks is refused with the remedy, and nothing changes', async () => {
  await create();
  const remedy = 'put it on PATH, or use --hypervisor qemu';
  world.hypervisors.lacking = [toolLack('firecracker', remedy)];
  await expect(update({ hypervisor: 'firecracker', nat: true })).rejects.toMatchObject({
    reason: 'HOST_NOT_READY',
    message: expect.stringContaining(remedy),
  });
  expect(world.store.findByName('web')?.spec).toMatchObject({ hypervisor: 'any', nat: false });
  // What it has already is not looked for.
  expect((await update({ hypervisor: 'any', nat: true })).spec.nat).toBe(true);
});

test('a restart policy takes effect at once', async () => {
  const { uid, status } = await create();
  expect(isRestartPending(await update({ restartPolicy: 'always' }))).toBe(false);
  world.host.time += 60_000;
  world.hypervisors.host.guestPowersOff(uid);
  await world.until('web', (vm) => vm.status.state === 'RUNNING' && vm.status.process?.pid !== status.process?.pid);
  await update({ restartPolicy: 'never' });
  world.hypervisors.host.guestPowersOff(uid);
  await world.until('web', (vm) => vm.status.state === 'STOPPED');
});

test('aliases change at once, and belong to one vm', async () => {
  await create();
  expect((await update({ aliases: ['db', 'cache'] })).spec.aliases).toEqual(['db', 'cache']);
  expect((await update({ aliases: ['db'] })).spec.aliases).toEqual(['db']);
  expect(world.keys.config).toContain('Host web.vm *.web.vm db.vm *.db.vm\n');
  await createVm(world.vmm, creation({ name: 'other', spec: { aliases: ['cache'] } }));
  await expect(update({ aliases: ['cache'] })).rejects.toMatchObject({
    reason: 'NAME_TAKEN',
    metadata: { vm: 'other' },
  });
  await expect(update({ aliases: ['Db', 'x', 'x'] })).rejects.toMatchObject({
    fields: [{ field: 'aliases' }, { field: 'aliases[0]' }],
  });
  expect(world.store.findByName('web')?.spec.aliases).toEqual(['db']);
});

test('an error of an earlier change is not taken for one of a change of aliases', async () => {
  await create();
  world.networks.faults.failOnce('setNat', new BangerError('wrong-state', 'TABLE_TAKEN', 'not ours'));
  await expect(update({ nat: true })).rejects.toMatchObject({ reason: 'TABLE_TAKEN' });
  expect(world.store.findByName('web')?.status.lastError).toBeDefined();
  expect((await update({ aliases: ['db'] })).spec.aliases).toEqual(['db']);
});

test('nothing is pending while the vm does not run', async () => {
  await create({ start: false });
  expect(isRestartPending(await update({ cpuCount: 2 }))).toBe(false);
});

test.each([true, false])('NAT changes at once, running: %s', async (start) => {
  const { uid } = await create({ start });
  for (const nat of [true, false]) {
    expect((await update({ nat })).status.network?.nat).toBe(nat);
    expect(world.networks.attachments.get(uid)?.nat).toBe(nat);
  }
});

test('NAT that netd refuses is taken back, and the caller gets the reason', async () => {
  await create();
  world.networks.faults.failOnce('setNat', new BangerError('internal', 'COMMAND_FAILED', 'nft failed'));
  await expect(update({ nat: true })).rejects.toMatchObject({
    reason: 'COMMAND_FAILED',
    message: 'cannot change NAT of vm web: nft failed',
  });
  expect(world.store.findByName('web')).toMatchObject({ spec: { nat: false }, status: { state: 'RUNNING' } });
});

test('NAT waits for netd to come back', async () => {
  await create();
  world.networks.faults.failOnce('setNat', new BangerError('unavailable', 'SERVICE_UNREACHABLE', 'away'));
  expect((await update({ nat: true })).status.network?.nat).toBe(true);
});

test('a work disk grows in the running guest', async () => {
  const { uid } = await create({ spec: { workDiskMib: 100 } });
  const grown = await update({ workDiskMib: 200 });
  expect(grown).toMatchObject({ spec: { workDiskMib: 200 }, status: { workDiskMib: 200, growAtNextStart: false } });
  expect(world.disks.sets.get(uid)?.work?.fileMib).toBe(200);
  expect(world.hypervisors.host.running(uid)?.workDiskBytes).toBe(200 * bytesPerMib);
  expect(world.guests.commands).toEqual(['root@10.77.0.10 resize2fs /dev/vdc']);
  expect(isRestartPending(grown)).toBe(false);
});

test('a work disk of a stopped vm grows on the host', async () => {
  const { uid } = await create({ start: false, spec: { workDiskMib: 100 } });
  await update({ workDiskMib: 200 });
  expect(world.disks.sets.get(uid)?.work).toEqual({ fileMib: 200, fsMib: 200 });
});

test('a first work disk appears at the next start', async () => {
  const { uid } = await create();
  expect(isRestartPending(await update({ workDiskMib: 100 }))).toBe(true);
  expect(world.disks.sets.get(uid)?.work).toBeUndefined();
  const restarted = await restart();
  expect(isRestartPending(restarted)).toBe(false);
  expect(world.hypervisors.host.running(uid)?.plan.disks.work).toBe(`/vms/${uid}/work.ext4`);
});

test('a guest that cannot grow its file system does so at the next start', async () => {
  const { uid } = await create({ spec: { workDiskMib: 100 } });
  world.guests.faults.failOnce('run', new BangerError('unavailable', 'GUEST_COMMAND_FAILED', 'no ssh'));
  const changed = await update({ workDiskMib: 200 });
  expect(changed).toMatchObject({ status: { state: 'RUNNING', lastError: { reason: 'GUEST_COMMAND_FAILED' } } });
  expect(isRestartPending(changed)).toBe(true);
  expect(world.disks.sets.get(uid)?.work).toEqual({ fileMib: 200, fsMib: 100 });
  const restarted = await restart();
  expect(world.disks.sets.get(uid)?.work).toEqual({ fileMib: 200, fsMib: 200 });
  expect(isRestartPending(restarted)).toBe(false);
});

test('a work disk that the host has no room for keeps its size', async () => {
  await create({ spec: { workDiskMib: 100 } });
  world.disks.faults.failOnce('extendWork', new BangerError('exhausted', 'STORAGE_UNWRITABLE', 'the disk is full'));
  await expect(update({ workDiskMib: 200 })).rejects.toMatchObject({ kind: 'exhausted' });
  expect(world.store.findByName('web')).toMatchObject({ spec: { workDiskMib: 100 }, status: { state: 'RUNNING' } });
});

test('a work disk never shrinks, and all mistakes are told at once', async () => {
  await create({ spec: { workDiskMib: 100 } });
  const failed = update({ workDiskMib: 50, cpuCount: 0, memoryMib: 1 });
  await expect(failed).rejects.toMatchObject({
    kind: 'invalid',
    fields: [{ field: 'cpu_count' }, { field: 'memory_mib' }, { field: 'work_disk_mib' }],
    message: expect.stringContaining('cannot shrink from 100 to 50 MiB'),
  });
  await expect(update({ workDiskMib: 0 })).rejects.toMatchObject({ fields: [{ field: 'work_disk_mib' }] });
});

test('while the vm is on the move a change is recorded, and applied when it has settled', async () => {
  world.guests.faults.hang('answers');
  const { uid } = await create({ wait: false });
  await world.reaches('web', 'boot');
  expect((await update({ nat: true })).status.state).toBe('STARTING');
  world.guests.faults.heal();
  await world.restart();
  await world.vmm.workers.idle(uid);
  expect(world.store.get(uid)?.status).toMatchObject({ state: 'RUNNING', network: { nat: true } });
});

test('a change cut off by a crash of the service is finished at its next start', async () => {
  const { uid } = await create({ spec: { workDiskMib: 100 } });
  world.networks.faults.hang('setNat');
  const changing = update({ nat: true, workDiskMib: 200 });
  world.networks.faults.heal();
  await world.restart();
  await changing.catch(() => undefined);
  await world.vmm.workers.idle(uid);
  expect(world.networks.attachments.get(uid)?.nat).toBe(true);
  expect(world.store.get(uid)?.status.workDiskMib).toBe(200);
});

test('nothing changes on a vm that is being deleted', async () => {
  await create();
  world.networks.faults.hang('release');
  await deleteVm(world.vmm, 'web', { wait: false, force: true, signal: never });
  await expect(update({ cpuCount: 2 })).rejects.toMatchObject({ reason: 'VM_DELETING' });
});
