import { beforeEach, expect, test } from '@jest/globals';
import { BangerError, invalidRequest } from '../../../lib/errors.js';
import { toolLack, toolLackFor } from '../../../test/fakes/findings.js';
import { creation, dontWait, doWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { startVm } from './start-vm.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const create = (change?: Parameters<typeof creation>[0]) => createVm(world.vmm, creation(change));
const away = new BangerError('unavailable', 'SERVICE_UNREACHABLE', 'cannot reach netd');
const broken = new BangerError('exhausted', 'POOL_EXHAUSTED', 'no address is free');

test('a created vm runs, with everything that it needs', async () => {
  const vm = await create();
  expect(vm).toMatchObject({
    name: 'web',
    uid: expect.stringMatching(/^[0-9a-f]{16}$/),
    spec: { cpuCount: 1, memoryMib: 512, image: 'debian', diskMib: 8192 },
    goal: 'running',
    status: {
      state: 'RUNNING',
      step: '',
      network: { ipv4Address: '10.77.0.10', tap: 'bgr0' },
      process: { pid: 1001 },
      hypervisor: { kind: 'qemu', acceleration: 'tcg' },
      sshHostKey: 'ssh-ed25519 HOST1',
      readyTime: expect.any(Number),
    },
  });
  expect(vm.status.lastError).toBeUndefined();
  expect(world.keys.knownHosts).toBe('web.vm,10.77.0.10 ssh-ed25519 HOST1\n');
  const [process] = world.hypervisors.host.processes;
  expect(process?.plan).toMatchObject({
    memoryMib: 512,
    acceleration: 'tcg',
    commandLine: 'console=ttyS0 reboot=t panic=1 quiet banger.ip=10.77.0.10 banger.gw=10.77.0.1 banger.init=system',
    disks: { base: expect.stringContaining('rootfs.ext4'), overlay: `/vms/${vm.uid}/overlay.ext4`, layers: [] },
  });
  expect(process?.plan.disks.work).toBeUndefined();
});

test('its disk says who it is before it first boots', async () => {
  const { uid } = await create({ spec: { diskMib: 4096 } });
  const overlay = world.disks.sets.get(uid)?.overlay;
  expect(overlay?.sizeMib).toBe(4096);
  expect(
    overlay?.seed.map(({ path, mode, content }) => `${mode.toString(8)} ${path} ${JSON.stringify(content)}`),
  ).toEqual([
    '700 root/ ""',
    '700 root/.ssh/ ""',
    '600 root/.ssh/authorized_keys "ssh-ed25519 CLIENT banger\\n"',
    '644 etc/hostname "web\\n"',
    '644 etc/hosts "127.0.0.1 localhost\\n127.0.1.1 web.vm web\\n::1 localhost ip6-localhost\\n"',
    '644 etc/resolv.conf "nameserver 10.77.0.1\\n"',
    `444 etc/machine-id "${'f'.repeat(32)}\\n"`,
    '600 etc/ssh/ssh_host_ed25519_key "private 1"',
    '644 etc/ssh/ssh_host_ed25519_key.pub "ssh-ed25519 HOST1 root@web\\n"',
  ]);
});

test('without waiting it returns as soon as the vm is recorded', async () => {
  const vm = await create(dontWait);
  expect(vm.status.state).toBe('CREATING');
  expect((await world.settled('web'))?.status.state).toBe('RUNNING');
});

test('without a start it is made ready and stays stopped', async () => {
  const vm = await create({ start: false, spec: { workDiskMib: 100 } });
  expect(vm.status).toMatchObject({ state: 'STOPPED', network: { ipv4Address: '10.77.0.10' }, workDiskMib: 100 });
  expect(world.hypervisors.host.processes).toEqual([]);
  expect(world.disks.sets.get(vm.uid)?.work).toEqual({ fileMib: 100, fsMib: 100 });
});

test('every mistake in the fields is told at once', async () => {
  const spec = { cpuCount: 65, memoryMib: 17_000, diskMib: 1, workDiskMib: 3, image: '../etc', kernel: 'a b' };
  const violations = [{ field: 'spec.init', description: 'is no value' }];
  const failed = create({ name: 'Web_1', spec, requestId: 'r'.repeat(65), violations });
  await expect(failed).rejects.toMatchObject({
    kind: 'invalid',
    fields: [
      'name',
      'request_id',
      'spec.cpu_count',
      'spec.memory_mib',
      'spec.image',
      'spec.kernel',
      'spec.disk_mib',
      'spec.work_disk_mib',
      'spec.init',
    ].map((field) => expect.objectContaining({ field })),
    message: expect.stringContaining('is 17000 MiB, but this host has only 16384 MiB'),
  });
  expect(world.store.list()).toEqual([]);
});

test('validation alone records nothing', async () => {
  const vm = await create({ validateOnly: true });
  expect(vm).toMatchObject({ name: 'web', spec: { memoryMib: 512 } });
  expect(world.store.list()).toEqual([]);
  expect(world.leftovers()).toBe('');
  await expect(create({ validateOnly: true, spec: { image: 'none' } })).rejects.toMatchObject({
    reason: 'IMAGE_NOT_FOUND',
  });
});

test('a name is given once, also to two calls at the same moment', async () => {
  const results = await Promise.allSettled([create(), create()]);
  expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  await expect(create()).rejects.toMatchObject({ kind: 'exists', reason: 'VM_EXISTS' });
  expect(world.store.list()).toHaveLength(1);
});

test.each([
  ['a name that is an alias', 'db', []],
  ['an alias that is a name', 'other', ['web']],
  ['an alias that is one already', 'other', ['db']],
  ['an alias that is its own name', 'other', ['other']],
])('%s is refused, and nothing is recorded', async (_, name, aliases) => {
  await createVm(world.vmm, creation({ spec: { aliases: ['db'] } }));
  const again = createVm(world.vmm, creation({ name, spec: { aliases } }));
  await expect(again).rejects.toMatchObject({ reason: 'NAME_TAKEN' });
  expect(world.store.list().map((vm) => vm.name)).toEqual(['web']);
});

test('an address and a card that are asked for are the vm’s, in one spelling', async () => {
  const vm = await create({ spec: { ipv4Address: '10.77.0.53', macAddress: '52:54:00:AB:CD:EF' } });
  expect(vm.spec.macAddress).toBe('52:54:00:ab:cd:ef');
  expect(vm.status.network).toMatchObject({ ipv4Address: '10.77.0.53', macAddress: '52:54:00:ab:cd:ef' });
});

test('an address that another vm has is refused before anything is recorded', async () => {
  await create();
  const again = create({ name: 'db', spec: { ipv4Address: '10.77.0.10' } });
  await expect(again).rejects.toMatchObject({ kind: 'exists', reason: 'ADDRESS_TAKEN' });
  expect(world.store.list().map((vm) => vm.name)).toEqual(['web']);
});

test('what netd has against an address is told of the field that was asked with', async () => {
  const fields = [{ field: 'ipv4_address', description: 'is the gateway' }];
  world.networks.faults.failOnce('checkPlace', invalidRequest('attach vm web', fields));
  await expect(create({ spec: { ipv4Address: '10.77.0.1' } })).rejects.toMatchObject({
    message: expect.stringContaining('cannot create vm web'),
    fields: [{ field: 'spec.ipv4_address', description: 'is the gateway' }],
  });
});

test('a netd that restarts is asked about the address later', async () => {
  world.networks.faults.failOnce('checkPlace', away);
  const vm = await create({ spec: { ipv4Address: '10.77.0.53' } });
  expect(vm.status.network?.ipv4Address).toBe('10.77.0.53');
});

test('two vms cannot get one alias at the same moment', async () => {
  const create = (name: string) => createVm(world.vmm, creation({ ...dontWait, name, spec: { aliases: ['db'] } }));
  const results = await Promise.allSettled([create('a'), create('b')]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('a name whose vm is being deleted is not free yet, and says so', async () => {
  const { uid } = await create();
  world.networks.faults.hang('release');
  await deleteVm(world.vmm, 'web', { ...dontWait, force: true });
  await expect(create()).rejects.toMatchObject({
    reason: 'VM_DELETING',
    message: expect.stringContaining('being deleted'),
  });
  world.networks.faults.heal();
  await world.restart();
  await world.vmm.workers.idle(uid);
  await expect(create()).resolves.toMatchObject({ status: { state: 'RUNNING' } });
});

test('an unknown image or kernel, or a missing tool, leaves no record', async () => {
  await expect(create({ spec: { image: 'none' } })).rejects.toMatchObject({ reason: 'IMAGE_NOT_FOUND' });
  await expect(create({ spec: { kernel: 'none' } })).rejects.toMatchObject({ reason: 'KERNEL_NOT_FOUND' });
  world.host.findings = [toolLackFor('vm-start', 'mke2fs', 'apt install e2fsprogs')];
  world.hypervisors.lacking = [toolLack('a usable qemu', 'apt install qemu-system-x86')];
  world.networks.findings = [
    toolLackFor('vm-start', 'ip', 'apt install iproute2'),
    toolLackFor('nat', 'nft', 'apt install nftables'),
  ];
  await expect(create()).rejects.toMatchObject({
    reason: 'HOST_NOT_READY',
    preconditions: [{ subject: 'a usable qemu' }, { subject: 'mke2fs' }, { subject: 'ip' }],
  });
  expect(world.store.list()).toEqual([]);
});

test('a repeat with the same request id returns the same vm, another body is refused', async () => {
  const first = await create({ requestId: 'r-1' });
  expect((await create({ requestId: 'r-1', ...dontWait })).uid).toBe(first.uid);
  const other = create({ requestId: 'r-1', spec: { cpuCount: 2 } });
  await expect(other).rejects.toMatchObject({ kind: 'invalid', reason: 'REQUEST_ID_REUSED' });
  expect(world.store.list()).toHaveLength(1);
});

test('two calls at the same moment with the same request id make one vm', async () => {
  const [one, two] = await Promise.all([create({ requestId: 'r-1' }), create({ requestId: 'r-1' })]);
  expect(one.uid).toBe(two.uid);
});

test('a request id outlives the service, is told when its vm is gone, and is forgotten after a day', async () => {
  const first = await create({ requestId: 'r-1' });
  await world.restart();
  expect((await create({ requestId: 'r-1' })).uid).toBe(first.uid);
  await deleteVm(world.vmm, 'web', { ...doWait, force: true });
  await expect(create({ requestId: 'r-1' })).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' });
  world.host.time += 25 * 60 * 60 * 1000;
  expect((await create({ requestId: 'r-1' })).uid).not.toBe(first.uid);
});

/** Each place where a first start can go wrong. */
const places = [
  ['images', 'acquire'],
  ['hypervisors', 'choose'],
  ['networks', 'ensure'],
  ['keys', 'newHostKey'],
  ['disks', 'createOverlay'],
  ['disks', 'ensureWork'],
  ['keys', 'writeKnownHosts'],
] as const;

test.each(places)(
  'when %s.%s fails, nothing is left but the record, which can be started again',
  async (part, call) => {
    world[part].faults.failOnce(call, broken);
    await expect(create({ spec: { workDiskMib: 64 } })).rejects.toMatchObject({ reason: 'POOL_EXHAUSTED' });
    const vm = world.store.findByName('web');
    expect(vm).toMatchObject({
      goal: 'stopped',
      status: { state: 'FAILED', step: '', lastError: { reason: 'POOL_EXHAUSTED', message: 'no address is free' } },
    });
    expect(vm?.status).not.toHaveProperty('network');
    expect(world.leftovers()).toBe('');
    const started = await startVm(world.vmm, 'web', doWait);
    expect(started.status).toMatchObject({ state: 'RUNNING', workDiskMib: 64 });
    expect(started.status.lastError).toBeUndefined();
  },
);

test('when the launch fails, the disks and the address stay, and no process', async () => {
  world.hypervisors.faults.failOnce('launch', broken);
  await expect(create()).rejects.toMatchObject({ reason: 'POOL_EXHAUSTED' });
  const vm = world.store.findByName('web');
  expect(vm?.status).toMatchObject({ state: 'FAILED', network: { ipv4Address: '10.77.0.10' } });
  expect(vm?.status.process).toBeUndefined();
  expect(world.hypervisors.host.running(vm?.uid ?? '')).toBeUndefined();
  expect((await startVm(world.vmm, 'web', doWait)).status.sshHostKey).toBe(vm?.status.sshHostKey);
});

test('a guest that never answers is ended, and the error shows its console', async () => {
  world.patience = { ...world.patience, bootMs: 20 };
  world.guests.faults.hang('answers');
  world.consoles.texts.set('0000000000000001', 'Kernel panic');
  const failed = create();
  await expect(failed).rejects.toMatchObject({
    reason: 'BOOT_TIMEOUT',
    message: expect.stringContaining('Kernel panic'),
  });
  expect(world.hypervisors.host.running('0000000000000001')).toBeUndefined();
});

test.each([
  ['powers off', 'GUEST_POWERED_OFF', () => world.hypervisors.host.guestPowersOff('0000000000000001')],
  ['panics', 'GUEST_PANICKED', () => world.hypervisors.host.guestPanics('0000000000000001')],
  ['loses its hypervisor', 'HYPERVISOR_CRASHED', () => world.hypervisors.host.crash('0000000000000001')],
])('a guest that %s while it boots is %s', async (_what, reason, end) => {
  world.guests.faults.hang('answers');
  const failed = create();
  await world.reaches('web', 'boot');
  end();
  await expect(failed).rejects.toMatchObject({ reason });
  expect(world.store.findByName('web')?.status).toMatchObject({ state: 'FAILED', lastError: { reason } });
});

test('a peer that is away is waited for, and the vm says so meanwhile', async () => {
  world.networks.faults.failOnce('ensure', away);
  const seen: (string | undefined)[] = [];
  const following = new AbortController();
  const watching = (async () => {
    for await (const _ of world.store.follow(following.signal)) {
      seen.push(world.store.findByName('web')?.status.lastError?.reason);
    }
  })();
  const vm = await create();
  following.abort();
  await watching;
  expect(vm.status).toMatchObject({ state: 'RUNNING', network: { ipv4Address: '10.77.0.10' } });
  expect(vm.status.lastError).toBeUndefined();
  expect(seen).toContain('SERVICE_UNREACHABLE');
});

test('a peer that stays away ends the wait with its error', async () => {
  world.patience = { ...world.patience, peerMs: 0 };
  world.networks.faults.failAlways('ensure', away);
  await expect(create()).rejects.toMatchObject({ kind: 'unavailable', reason: 'SERVICE_UNREACHABLE' });
  expect(world.leftovers()).toBe('');
});

test('a vm goes on with the image that it was made from, and takes the newest kernel', async () => {
  const { status } = await create({ start: false });
  world.images.rebuild('debian');
  const started = await startVm(world.vmm, 'web', doWait);
  expect(started.status.origin).toEqual(status.origin);
  expect(world.hypervisors.host.processes[0]?.plan.disks.base).toContain(status.origin?.digest);
});

test('a disk that is gone is not replaced by an empty one', async () => {
  const { uid } = await create({ start: false });
  world.disks.sets.delete(uid);
  const failed = startVm(world.vmm, 'web', doWait);
  await expect(failed).rejects.toMatchObject({ reason: 'DISK_FAILED', message: expect.stringContaining('is gone') });
  expect(world.disks.sets.has(uid)).toBe(false);
});

test('a vm whose state cannot be written down goes on when it can', async () => {
  const change = world.store.change.bind(world.store);
  let failures = 2;
  world.store.change = (uid, edit) => {
    if (failures-- > 0) throw new BangerError('exhausted', 'STORAGE_UNWRITABLE', 'the disk is full');
    return change(uid, edit);
  };
  expect((await create()).status.state).toBe('RUNNING');
}, 60_000);
