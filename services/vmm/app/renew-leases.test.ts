import { beforeEach, expect, test } from '@jest/globals';
import { BangerError, commonReasons } from '../../../lib/errors.js';
import { creation, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { renewLeases } from './renew-leases.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const create = (name: string) => createVm(world.vmm, creation({ name }));
const held = () => [...world.images.leases].map(([uid, { origin }]) => [uid, origin.digest]).sort();

/** The service starts again; what it does in the background is waited for by doing it once more. */
async function restart(): Promise<void> {
  await world.restart();
  await renewLeases(world, never);
}

test('vms hold the images they were made from again, wherever the name has moved', async () => {
  const [web, db] = [await create('web'), await create('db')];
  const before = held();
  world.images.rebuild('debian');
  world.images.forgetLeases();
  await restart();
  expect(held()).toEqual(before);
  expect([...world.images.holderNames]).toEqual(
    expect.arrayContaining([
      [web.uid, 'web'],
      [db.uid, 'db'],
    ]),
  );
});

test('a lease that is known is left alone', async () => {
  await create('web');
  world.images.faults.calls.splice(0);
  await restart();
  expect(world.images.faults.calls).not.toContain('acquire');
});

test('an image that is gone is no reason not to hold the others', async () => {
  const db = await create('db');
  await create('web');
  const rest = held().filter(([uid]) => uid !== db.uid);
  world.images.forgetLeases();
  await world.vmm.stop();
  world.images.faults.failOnce('acquire', new BangerError('not-found', 'IMAGE_NOT_FOUND', 'it is gone'));
  await renewLeases(world, never);
  expect(held()).toEqual(rest);
});

test('imaged is waited for', async () => {
  await create('web');
  const before = held();
  world.images.forgetLeases();
  await world.vmm.stop();
  world.images.faults.failOnce(
    'isHeld',
    new BangerError('unavailable', commonReasons.SERVICE_UNREACHABLE, 'nobody answers'),
  );
  await renewLeases(world, never);
  expect(held()).toEqual(before);
});

test('a vm that is deleted meanwhile leaves no lease, though it let go before it was taken hold of', async () => {
  await create('web');
  world.images.forgetLeases();
  const acquire = world.images.acquire.bind(world.images);
  world.images.acquire = async (...args) => {
    await deleteVm(world.vmm, 'web', { ...doWait, force: true });
    return acquire(...args);
  };
  await renewLeases(world, never);
  expect(world.leftovers()).toBe('');
});
