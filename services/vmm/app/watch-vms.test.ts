import { beforeEach, expect, test } from '@jest/globals';
import { creation, dontWait, doWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { listVms } from './list-vms.js';
import { type WatchEvent, watchVms } from './watch-vms.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const create = (name: string, start = true) => createVm(world.vmm, creation({ name, start }));

function inWords(event: WatchEvent): string {
  if (event.kind === 'upserted') return `${event.vm.name} ${event.vm.status.state}`;
  return event.kind === 'deleted' ? `${event.name} gone` : 'synced';
}

/** What a watch has shown when `last` comes, repeats left out. */
async function watched(name: string, last: string, meanwhile: () => unknown = () => undefined): Promise<string[]> {
  const left = new AbortController();
  const seen: string[] = [];
  let revision = 0;
  for await (const event of watchVms(world, name, left.signal)) {
    const words = inWords(event);
    if (words !== seen.at(-1)) seen.push(words);
    if (event.kind !== 'upserted' || seen.includes('synced')) {
      expect(event.revision).toBeGreaterThanOrEqual(revision);
      revision = event.revision;
    }
    if (event.kind === 'synced') void meanwhile();
    if (words === last) break;
  }
  left.abort();
  return seen;
}

test('a watch shows what is, then says so', async () => {
  await create('web');
  await create('db', false);
  expect(await watched('', 'synced')).toEqual(['db STOPPED', 'web RUNNING', 'synced']);
});

test('then every change up to the end', async () => {
  const meanwhile = async () => {
    await create('web');
    await deleteVm(world.vmm, 'web', { ...doWait, force: true });
  };
  const seen = await watched('', 'web gone', meanwhile);
  expect(seen[0]).toBe('synced');
  expect(seen.slice(1)).toEqual(expect.arrayContaining(['web RUNNING', 'web DELETING', 'web gone']));
});

test('a watch of one name leaves out the others, and waits for a vm that does not exist yet', async () => {
  await create('db');
  const seen = await watched('web', 'web RUNNING', async () => {
    await create('other');
    await create('web');
  });
  expect(seen.filter((words) => !words.startsWith('web'))).toEqual(['synced']);
});

test('a slow reader sees the latest state, not each one between', async () => {
  const left = new AbortController();
  const events = watchVms(world, '', left.signal)[Symbol.asyncIterator]();
  expect((await events.next()).value).toMatchObject({ kind: 'synced' });
  await create('web');
  expect((await events.next()).value).toMatchObject({ kind: 'upserted', vm: { status: { state: 'RUNNING' } } });
  left.abort();
  expect((await events.next()).done).toBe(true);
});

test('a list comes in pages, by name', async () => {
  for (const name of ['c', 'a', 'b']) await createVm(world.vmm, creation({ name, start: false, ...dontWait }));
  const first = listVms(world, 2, '');
  expect(first.vms.map((vm) => vm.name)).toEqual(['a', 'b']);
  const second = listVms(world, 2, first.nextPageToken);
  expect(second.vms.map((vm) => vm.name)).toEqual(['c']);
  expect(second.nextPageToken).toBe('');
  expect(listVms(world, 0, '').vms).toHaveLength(3);
  expect(() => listVms(world, 501, '')).toThrow(expect.objectContaining({ kind: 'invalid' }));
});
