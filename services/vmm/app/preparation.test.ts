import { beforeEach, expect, test } from '@jest/globals';
import { hostNotReady } from '../../../lib/errors.js';
import { creation, dontWait, doWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { restartVm } from './restart-vm.js';
import { startVm } from './start-vm.js';
import { updateVm } from './update-vm.js';

/** Which hypervisor a VM gets, and as which user it runs. */

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const create = (change?: Parameters<typeof creation>[0]) => createVm(world.vmm, creation(change));

test('a vm gets the hypervisor that it wishes for', async () => {
  const vm = await create({ spec: { hypervisor: 'firecracker' } });
  expect(vm.status.hypervisor).toMatchObject({ kind: 'firecracker' });
  const [process] = world.hypervisors.host.processes;
  expect(process?.plan).toMatchObject({
    hypervisor: 'firecracker',
    commandLine: expect.stringContaining('console=ttyS0 reboot=k'),
  });
});

test('without a jail a hypervisor runs as our own user, and so does its tap', async () => {
  const { uid, status } = await create();
  expect(status.jailUid).toBeUndefined();
  expect(world.hypervisors.host.processes[0]?.plan).not.toHaveProperty('jailUid');
  expect(world.networks.owners.get(uid)).toBeUndefined();
});

test('in a jail a vm has a user of its own for life, who owns its tap', async () => {
  world.hypervisors.chosen = { ...world.hypervisors.chosen, kind: 'firecracker', jailed: true };
  const web = await create();
  const db = await create({ name: 'db' });
  expect([web.status.jailUid, db.status.jailUid]).toEqual([600_000, 600_001]);
  expect(world.networks.owners.get(web.uid)).toBe(600_000);
  expect(world.hypervisors.host.running(db.uid)?.plan.jailUid).toBe(600_001);
  await deleteVm(world.vmm, 'web', { ...doWait, force: true });
  await restartVm(world.vmm, 'db', { ...doWait, graceSeconds: 0 });
  expect(world.hypervisors.host.running(db.uid)?.plan.jailUid).toBe(600_001);
  expect((await create({ name: 'new' })).status.jailUid).toBe(600_000);
});

test('vms that are made at the same moment have different users', async () => {
  world.hypervisors.chosen = { ...world.hypervisors.chosen, jailed: true };
  const vms = await Promise.all(['a', 'b', 'c', 'd'].map((name) => create({ name })));
  expect(new Set(vms.map((vm) => vm.status.jailUid)).size).toBe(4);
});

test('a vm that is only made gets its hypervisor at the first one, and its tap the owner that belongs to it', async () => {
  world.hypervisors.chosen = { ...world.hypervisors.chosen, jailed: true };
  const vm = await create({ start: false });
  expect(vm.status.hypervisor).toBeUndefined();
  expect(world.hypervisors.faults.calls).not.toContain('choose');
  expect(world.networks.owners.get(vm.uid)).toBeUndefined();
  const { status } = await startVm(world.vmm, 'web', doWait);
  expect(status).toMatchObject({ state: 'RUNNING', hypervisor: { jailed: true }, jailUid: 600_000 });
  expect(world.networks.owners.get(vm.uid)).toBe(600_000);
});

test('a vm that is to be started while it is only being made gets its hypervisor too', async () => {
  world.disks.faults.turns = 20;
  await create({ ...dontWait, start: false });
  await world.reaches('web', 'disk');
  const started = await startVm(world.vmm, 'web', doWait);
  expect(started.status).toMatchObject({ state: 'RUNNING', hypervisor: { kind: 'qemu' } });
});

test('a host that turns out not to run guests fails the start with the remedy', async () => {
  const remedy = 'KVM failed a trial boot; use --hypervisor qemu';
  const refused = hostNotReady('start vm web', [{ type: 'DEVICE', subject: 'a working KVM', description: remedy }]);
  world.hypervisors.faults.failOnce('choose', refused);
  await expect(create()).rejects.toMatchObject({ reason: 'HOST_NOT_READY', message: expect.stringContaining(remedy) });
  expect(world.store.findByName('web')?.status.state).toBe('FAILED');
  expect(world.leftovers()).toBe('');
});

test('a guest has IPv6 when netd and its initrd do, and keeps what it was started with', async () => {
  const launched = () => world.hypervisors.host.processes.at(-1)?.plan.commandLine;
  const { status } = await create();
  expect(status.network).not.toHaveProperty('ipv6');
  world.networks.hasIpv6 = true;
  await create({ name: 'db' });
  expect(world.store.findByName('db')?.status.network?.ipv6).toEqual({ address: 'fd00::1', gateway: 'fe80::1' });
  expect(launched()).toContain('banger.ip6=fd00::1 banger.gw6=fe80::1');
  world.images.initrdFormat = 2;
  await create({ name: 'old' });
  expect(world.store.findByName('old')?.status.network).not.toHaveProperty('ipv6');
  expect(launched()).not.toContain('ip6=');
  // netd would give it one by now, and says so with each change; the guest does not have it.
  await updateVm(world.vmm, { name: 'old', change: { nat: true }, violations: [] });
  expect((await world.settled('old'))?.status.network).toMatchObject({ nat: true });
  expect(world.store.findByName('old')?.status.network).not.toHaveProperty('ipv6');
  world.images.initrdFormat = 3;
  await restartVm(world.vmm, 'old', { ...doWait, graceSeconds: 1 });
  expect(world.store.findByName('old')?.status.network?.ipv6?.address).toBe('fd00::2');
});
