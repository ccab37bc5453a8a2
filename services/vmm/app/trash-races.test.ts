import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { delay } from '../../../lib/clock.js';
import { BangerError } from '../../../lib/errors.js';
import { creation, dontWait, doWait, emptySpec } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { newVm } from '../domain/vm.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { purgeVm } from './purge-vm.js';
import { restoreVm } from './restore-vm.js';

/** What else happens while a VM is deleted, restored or cleaned up after. */

const away = new BangerError('unavailable', 'SERVICE_UNREACHABLE', 'nobody is there');
let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
  world.trashLimits = { retentionMs: 24 * 3_600_000, bytes: 10 * 1024 * 1024 };
});
afterEach(() => world.vmm.stop());

const create = (change?: Parameters<typeof creation>[0]) => createVm(world.vmm, creation(change));
const remove = (change: object = {}) => deleteVm(world.vmm, 'web', { ...doWait, force: true, ...change });
const restore = () => restoreVm(world.vmm, { reference: 'web', newName: '', ...doWait });
const kept = () => world.trash.list().map(({ vm }) => vm.name);

describe('a deletion', () => {
  test('that is told to keep nothing at its last moment keeps nothing', async () => {
    await create();
    world.disks.faults.onCall = (call) => {
      if (call === 'allocated') void remove({ ...dontWait, purge: true });
    };
    await remove();
    expect(kept()).toEqual([]);
    expect(world.leftovers()).toBe('');
  });

  test('of a vm whose disks cannot be measured ends, and keeps them', async () => {
    await create();
    world.disks.faults.failOnce('allocated', new Error('EIO'));
    expect((await remove()).kept?.entry).toMatchObject({ vm: { name: 'web' }, bytes: 0 });
  });

  test('ends by force though something never does, and gives the last things time of their own', async () => {
    const { uid } = await create();
    world.patience = { ...world.patience, peerMs: 200 };
    world.networks.faults.hang('release');
    const { release } = world.images;
    world.images.release = async (...args) => {
      await delay(20);
      return release.apply(world.images, args);
    };
    // It heeds no signal.
    world.disks.remove = () => new Promise(() => undefined);
    const { remains } = await remove({ purge: true });
    expect(remains.map(({ part }) => part)).toEqual(['network', 'disk']);
    expect(remains[1]?.problem).toContain('could not be cleaned up within');
    expect(world.images.leases.has(uid)).toBe(false);
  });
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** In the trash; to restore it, netd is asked for its place. */
async function inTrash(): Promise<string> {
  const { uid } = await create({ spec: { ipv4Address: '10.77.0.77' } });
  await remove();
  return uid;
}

/** While a restoration asks for the VM's place. */
function meanwhile(work: () => void): void {
  world.networks.faults.onCall = (call) => {
    if (call === 'checkPlace') work();
  };
}

describe('a restoration', () => {
  test('is refused when its name is gone meanwhile', async () => {
    await inTrash();
    const spec = { ...emptySpec, aliases: ['web'] };
    meanwhile(() => world.store.insert(newVm({ uid: 'a'.repeat(16), name: 'db', spec, start: false, now: 0 })));
    await expect(restore()).rejects.toMatchObject({ reason: 'NAME_TAKEN' });
    expect(kept()).toEqual(['web']);
  });

  test('is refused when the vm is purged meanwhile', async () => {
    await inTrash();
    meanwhile(() => void purgeVm(world.vmm, 'web', false));
    await expect(restore()).rejects.toMatchObject({ reason: 'VM_NOT_IN_TRASH' });
    expect(world.store.list()).toEqual([]);
  });

  test('waits for what is being cleaned up, which would take from it what it has got', async () => {
    world.patience = { ...world.patience, peerMs: 30 };
    world.networks.faults.failAlways('release', away);
    const uid = await inTrash();
    expect(world.trash.remains(uid)).toMatchObject([{ part: 'network' }]);
    world.patience = { ...world.patience, peerMs: 60_000 };
    // The address is its own still, for it could not be released.
    world.networks.checkPlace = async () => {
      world.networks.faults.heal();
      world.networks.release = async (of) => {
        await turns(20);
        world.networks.attachments.delete(of);
      };
      void world.vmm.keeper.clean(uid);
    };
    expect((await restore()).status.state).toBe('STOPPED');
    await turns(40);
    expect(world.networks.attachments.has(uid)).toBe(true);
  });

  test('does not need netd to be there, nor to say what is wrong here', async () => {
    await inTrash();
    world.networks.checkPlace = () => Promise.reject(away);
    expect(await restore()).toMatchObject({ spec: { ipv4Address: '10.77.0.77' }, status: { state: 'STOPPED' } });
    await remove();
    const published = { hostAddress: '', hostPort: 8080, guestPort: 80, protocol: 'tcp' } as const;
    await create({ name: 'web', spec: { policy: { allowFrom: [], egress: [], publishedPorts: [published] } } });
    await remove();
    await create({ start: false });
    world.networks.checkPolicy = () => Promise.reject(away);
    await expect(restore()).rejects.toMatchObject({ reason: 'VM_EXISTS' });
  });
});

describe('the keeper', () => {
  test('takes nothing from under a hypervisor that has not ended', async () => {
    const { uid } = await create();
    world.patience = { ...world.patience, peerMs: 30 };
    world.hypervisors.faults.failAlways('end', new Error('it is in a wait that nothing ends'));
    await remove({ purge: true });
    await world.vmm.keeper.clean(uid);
    expect(world.trash.remains(uid).map(({ part }) => part)).toEqual(['hypervisor', 'network', 'image', 'disk']);
    expect([world.networks.attachments.has(uid), world.disks.sets.has(uid)]).toEqual([true, true]);
  });

  test('is at one vm once, however often it is called', async () => {
    const { uid } = await create();
    await remove();
    world.disks.faults.turns = 5;
    world.disks.faults.calls.splice(0);
    world.trash.giveUp(uid);
    await Promise.all([world.vmm.keeper.clean(uid), world.vmm.keeper.clean(uid), purgeVm(world.vmm, '', true)]);
    expect(world.disks.faults.calls).toEqual(['remove']);
    expect(world.leftovers()).toBe('');
  });

  test('goes its rounds on, though the record cannot be read or written', () => {
    jest.spyOn(world.trash, 'list').mockImplementation(() => {
      throw new BangerError('exhausted', 'STORAGE_UNWRITABLE', 'the disk is full');
    });
    expect(() => world.vmm.keeper.tidy()).not.toThrow();
  });
});
