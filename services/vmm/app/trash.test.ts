import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { BangerError } from '../../../lib/errors.js';
import { creation, dontWait, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { hostCheck } from './check-host.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { listTrash } from './list-trash.js';
import { purgeVm } from './purge-vm.js';
import { renewLeases } from './renew-leases.js';
import { restoreVm } from './restore-vm.js';
import { startVm } from './start-vm.js';
import { watchVms } from './watch-vms.js';

const dayMs = 24 * 3_600_000;
let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
  world.trashLimits = { retentionMs: dayMs, bytes: 10 * 1024 * 1024 };
});
afterEach(() => world.vmm.stop());

const create = (change?: Parameters<typeof creation>[0]) => createVm(world.vmm, creation(change));
const remove = (name = 'web', change: object = {}) => deleteVm(world.vmm, name, { ...doWait, force: true, ...change });
const restore = (reference = 'web', newName = '') => restoreVm(world.vmm, { reference, newName, ...doWait });
const kept = () => world.trash.list().map(({ vm }) => vm.name);
const tidied = async () => {
  world.vmm.keeper.tidy();
  await pollUntil(() => world.trash.remains().every(({ problem }) => problem !== ''), {
    what: 'it is tidy',
    timeoutMs: 30_000,
  });
};

/** However often it has to be tried. */
async function cleaned(): Promise<void> {
  const tryAgain = () => {
    world.vmm.keeper.tidy();
    return world.trash.remains().length === 0;
  };
  await pollUntil(tryAgain, { what: 'all of it is gone', timeoutMs: 30_000 });
}

test('a deleted vm keeps its disks and its image, and gives all else free', async () => {
  const { uid } = await create({ spec: { aliases: ['db'] } });
  const { kept: entry, remains } = await remove();
  expect(remains).toEqual([]);
  expect(entry?.entry).toMatchObject({ vm: { uid, name: 'web' }, bytes: 1024 * 1024 });
  expect(entry?.keptUntil).toBeGreaterThan(world.host.time + dayMs - 10_000);
  expect(world.leftovers().split('\n')).toEqual([`lease ${uid}`, `disks ${uid}`]);
  expect(world.store.list()).toEqual([]);
  const next = await create({ spec: { aliases: ['db'] } });
  expect(next.status.network?.ipv4Address).toBe('10.77.0.10');
});

test('it comes back stopped, as it was, and at its address', async () => {
  const before = await create({ spec: { workDiskMib: 64 } });
  await remove();
  const { uid } = await create({ name: 'other', start: false });
  expect(world.store.get(uid)?.status.network?.ipv4Address).toBe(before.status.network?.ipv4Address);
  await remove('other', { purge: true });
  const back = await restore();
  expect(back).toMatchObject({ uid: before.uid, spec: before.spec, goal: 'stopped', status: { state: 'STOPPED' } });
  expect(back.status).toMatchObject({ sshHostKey: before.status.sshHostKey, network: before.status.network });
  expect(back.status.stateReason).toContain('restored');
  expect(world.keys.knownHosts).toContain(before.status.sshHostKey);
  expect(kept()).toEqual([]);
  const started = await startVm(world.vmm, 'web', doWait);
  expect(started.status.state).toBe('RUNNING');
  expect(started.status.stateReason).toBeUndefined();
  expect(world.disks.faults.calls.filter((call) => call === 'createOverlay')).toHaveLength(2);
});

test('its former address may be taken: it has another then, also one that it had asked for', async () => {
  const [former, asked] = [
    await create({ name: 'former' }),
    await create({ name: 'asked', spec: { ipv4Address: '10.77.0.77' } }),
  ];
  await remove('former');
  await remove('asked');
  await create({ name: 'one', spec: { ipv4Address: former.status.network?.ipv4Address ?? '' } });
  await create({ name: 'two', spec: { ipv4Address: asked.status.network?.ipv4Address ?? '' } });
  const back = [await restore('former'), await restore('asked')];
  expect(back.map(({ status }) => status.network?.ipv4Address)).toEqual(['10.77.0.11', '10.77.0.12']);
  expect(back[1]).toMatchObject({
    spec: { ipv4Address: '' },
    status: { stateReason: expect.stringContaining('address') },
  });
});

test('of several of one name the newest comes back; each by its uid', async () => {
  const first = await create();
  await remove();
  const second = await create();
  await remove();
  expect((await restore()).uid).toBe(second.uid);
  expect((await restore(first.uid, 'old')).uid).toBe(first.uid);
  expect(world.images.holderNames.get(first.uid)).toBe('old');
  // What was asked for is there: a repeat changes nothing.
  expect((await restore(first.uid, 'old')).name).toBe('old');
});

test('it does not come back over another, and stays in the trash', async () => {
  const published = { hostAddress: '', hostPort: 8080, guestPort: 80, protocol: 'tcp' } as const;
  const policy = { allowFrom: [], egress: [], publishedPorts: [published] };
  await create({ spec: { aliases: ['db'], policy } });
  await remove();
  await create({ start: false });
  await expect(restore()).rejects.toMatchObject({ reason: 'VM_EXISTS', message: expect.stringContaining('--as') });
  await create({ name: 'db', start: false });
  await expect(restore('web', 'old')).rejects.toMatchObject({ reason: 'NAME_TAKEN' });
  await remove('db', { purge: true });
  await create({ name: 'port', spec: { policy }, start: false });
  await expect(restore('web', 'old')).rejects.toMatchObject({ reason: 'PORT_TAKEN' });
  await expect(restore('web', 'Not a name')).rejects.toMatchObject({ fields: [{ field: 'new_name' }] });
  await expect(restore('nobody')).rejects.toMatchObject({ kind: 'not-found', reason: 'VM_NOT_IN_TRASH' });
  expect(kept()).toEqual(['web']);
});

test.each([
  ['asked so', () => create(), { purge: true }],
  ['temporary', () => create({ temporary: true }), {}],
  ['without a disk', () => createWithoutDisk(), {}],
] as const)('one that is %s goes at once', async (_what, make, how) => {
  await make();
  expect((await remove('web', how)).kept).toBeUndefined();
  expect(world.leftovers()).toBe('');
});

async function createWithoutDisk(): Promise<void> {
  world.networks.faults.failOnce('ensure', new Error('no'));
  await create().catch(() => undefined);
}

test('a day of the host’s running time later it is gone; neither a clock that jumps nor a rest makes it older', async () => {
  await create();
  await remove();
  world.host.time += 365 * dayMs;
  await tidied();
  expect(kept()).toEqual(['web']);
  // The host was off for a year, and is up for half a day.
  world.host.bootId = 'boot-2';
  world.host.uptimeMs = dayMs / 2;
  await world.restart();
  expect(kept()).toEqual(['web']);
  world.host.time -= 3 * 365 * dayMs;
  world.host.uptimeMs += dayMs / 2;
  await tidied();
  expect(kept()).toEqual([]);
  expect(world.leftovers()).toBe('');
});

test('the oldest makes room', async () => {
  world.trashLimits = { ...world.trashLimits, bytes: 2 * 1024 * 1024 };
  for (const name of ['a', 'b', 'c']) {
    await create({ name });
    await remove(name);
  }
  await tidied();
  expect(kept()).toEqual(['c', 'b']);
  expect([...world.disks.sets.keys()]).toHaveLength(2);
});

test('what is kept outlasts a restart, with its hold on the image, and its jail user stays its own', async () => {
  world.hypervisors.chosen = { ...world.hypervisors.chosen, jailed: true };
  const { uid, status } = await create();
  await remove();
  world.images.forgetLeases();
  await world.restart();
  await renewLeases(world, never);
  expect(world.leftovers().split('\n')).toEqual([`lease ${uid}`, `disks ${uid}`]);
  expect((await create({ name: 'next' })).status.jailUid).not.toBe(status.jailUid);
});

describe('a purge', () => {
  test('takes one, and never guesses which', async () => {
    const first = await create();
    await remove();
    const second = await create();
    await remove();
    const ambiguous = purgeVm(world.vmm, 'web', false);
    await expect(ambiguous).rejects.toMatchObject({
      reason: 'VM_AMBIGUOUS',
      message: expect.stringContaining(first.uid),
    });
    expect((await purgeVm(world.vmm, first.uid, false)).remains).toEqual([]);
    expect(listTrash(world).vms.map(({ entry }) => entry.vm.uid)).toEqual([second.uid]);
    await purgeVm(world.vmm, 'web', false);
    expect(world.leftovers()).toBe('');
    await expect(purgeVm(world.vmm, 'web', false)).rejects.toMatchObject({ reason: 'VM_NOT_IN_TRASH' });
  });

  test('takes all, and needs to be told what', async () => {
    await create();
    await remove();
    await expect(purgeVm(world.vmm, '', false)).rejects.toMatchObject({ fields: [{ field: 'name' }] });
    await expect(purgeVm(world.vmm, 'web', true)).rejects.toMatchObject({ fields: [{ field: 'name' }] });
    expect((await purgeVm(world.vmm, '', true)).purged).toHaveLength(1);
    expect(world.leftovers()).toBe('');
  });

  test('ends, whatever cannot be removed; the next start goes on with it', async () => {
    const { uid } = await create();
    await remove();
    world.disks.faults.failAlways('remove', new BangerError('wrong-state', 'STORAGE_UNWRITABLE', 'it is immutable'));
    const { remains } = await purgeVm(world.vmm, 'web', false);
    expect(remains).toMatchObject([{ uid, part: 'disk', problem: 'it is immutable' }]);
    await expect(restore(uid)).rejects.toMatchObject({ reason: 'VM_NOT_IN_TRASH' });
    const told = (await hostCheck(world)(['vm-start'])).filter(({ subject }) => subject.includes(uid));
    expect(told).toMatchObject([{ severity: 'warning', found: 'its disks: it is immutable' }]);
    await world.restart();
    expect(world.trash.remains()).toHaveLength(1);
    world.disks.faults.heal();
    await world.restart();
    await cleaned();
    expect(world.leftovers()).toBe('');
  });
});

describe('a forced deletion always ends', () => {
  const away = new BangerError('unavailable', 'SERVICE_UNREACHABLE', 'nobody is there');
  beforeEach(() => {
    world.patience = { ...world.patience, peerMs: 30 };
  });

  /** What is in the way, and what of the VM is left then. */
  const troubles = [
    ['netd is gone', () => world.networks.faults.failAlways('release', away), ['network']],
    ['netd hangs', () => world.networks.faults.hang('release'), ['network']],
    ['imaged is gone', () => world.images.faults.failAlways('release', away), ['image']],
    ['a file cannot be removed', () => world.disks.faults.failAlways('remove', new Error('EIO')), ['disk']],
    [
      'the hypervisor does not end',
      () => world.hypervisors.faults.failAlways('end', new Error('it is in a wait that nothing ends')),
      ['hypervisor', 'network', 'image', 'disk'],
    ],
  ] as const;

  test.each(troubles)('though %s; what is left is told, and goes when it can', async (_what, trouble, parts) => {
    const { uid } = await create();
    trouble();
    const { remains } = await remove('web', { purge: true });
    expect(remains.map(({ part }) => part)).toEqual(parts);
    expect(remains.every(({ problem }) => problem !== '')).toBe(true);
    expect(world.store.list()).toEqual([]);
    await world.restart();
    expect(world.trash.remains(uid)).toHaveLength(parts.length);
    for (const part of [world.networks, world.images, world.disks, world.hypervisors]) part.faults.heal();
    await world.restart();
    await cleaned();
    expect(world.leftovers()).toBe('');
  });

  test('one that hung while it was gentle is ended by force', async () => {
    await create({ start: false });
    world.networks.faults.hang('release');
    await deleteVm(world.vmm, 'web', { ...dontWait, force: false });
    await world.reaches('web', 'network');
    expect((await remove()).remains).toMatchObject([{ part: 'network' }]);
  });

  test('its disks are kept; it comes back when its hypervisor is gone, and with the address that was not released', async () => {
    const before = await create();
    world.hypervisors.faults.failAlways('end', new Error('it is in a wait that nothing ends'));
    expect((await remove()).kept?.entry.vm.uid).toBe(before.uid);
    expect(world.trash.remains().map(({ part }) => part)).toEqual(['hypervisor', 'network']);
    await expect(restore()).rejects.toMatchObject({ reason: 'VM_NOT_ENDED' });
    world.hypervisors.faults.heal();
    world.networks.faults.failAlways('release', away);
    const back = await restore();
    expect(back.status).toMatchObject({ state: 'STOPPED', network: before.status.network });
    world.networks.faults.heal();
    await tidied();
    expect(world.networks.attachments.has(before.uid)).toBe(true);
  });
});

test('watchers see it go and come back, also under another name', async () => {
  const seen: string[] = [];
  const over = new AbortController();
  await create({ start: false });
  const watching = (async () => {
    for await (const event of watchVms(world, { name: 'web', selector: '' }, over.signal)) {
      seen.push(event.kind === 'upserted' ? event.vm.status.state : event.kind);
    }
  })();
  await pollUntil(() => seen.includes('synced'), { what: 'the snapshot is there', timeoutMs: 30_000 });
  await remove();
  await pollUntil(() => seen.includes('deleted'), { what: 'the deletion is seen', timeoutMs: 30_000 });
  seen.splice(0);
  await restore();
  await pollUntil(() => seen.includes('STOPPED'), { what: 'the return is seen', timeoutMs: 30_000 });
  seen.splice(0);
  await remove();
  // Two changes at once: a watcher may see only what came of both.
  await restore('web', 'other');
  await pollUntil(() => seen.includes('deleted'), { what: 'the name is seen to be free', timeoutMs: 30_000 });
  over.abort();
  await watching;
});
