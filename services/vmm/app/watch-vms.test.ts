import { beforeEach, expect, test } from '@jest/globals';
import { creation, dontWait, doWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { listVms } from './list-vms.js';
import { updateVm } from './update-vm.js';
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
async function watched(
  name: string,
  last: string,
  meanwhile: () => unknown = () => undefined,
  selector = '',
): Promise<string[]> {
  const left = new AbortController();
  const seen: string[] = [];
  let revision = 0;
  for await (const event of watchVms(world, { name, selector }, left.signal)) {
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

test('a watch with a selector shows what comes into it and what leaves it', async () => {
  await createVm(world.vmm, creation({ name: 'db', start: false, spec: { labels: { app: 'ci' } } }));
  await create('other', false);
  const label = (name: string, labels: { set: object; remove: string[] }) =>
    updateVm(world.vmm, {
      name,
      change: {},
      violations: [],
      labels: { set: { ...labels.set }, remove: labels.remove },
    });
  const meanwhile = async () => {
    await label('other', { set: { app: 'ci' }, remove: [] });
    await create('third', false);
    await deleteVm(world.vmm, 'third', { ...doWait, force: false });
    await label('db', { set: {}, remove: ['app'] });
  };
  const seen = await watched('', 'db gone', meanwhile, 'app=ci');
  expect(seen).toEqual(['db STOPPED', 'synced', 'other STOPPED', 'db gone']);
});

test('a vm that a selector chose is gone when it is deleted', async () => {
  await createVm(world.vmm, creation({ name: 'db', start: false, spec: { labels: { app: 'ci' } } }));
  const meanwhile = () => deleteVm(world.vmm, 'db', { ...doWait, force: false });
  expect(await watched('', 'db gone', meanwhile, 'app')).toEqual(['db STOPPED', 'synced', 'db DELETING', 'db gone']);
});

test('a selector that cannot be read fails with all its mistakes, also those of the page', async () => {
  const fields = [{ field: 'selector' }, { field: 'selector' }];
  const watch = async () => {
    for await (const event of watchVms(world, { name: '', selector: 'a b,-c' }, new AbortController().signal))
      return event;
    return undefined;
  };
  await expect(watch()).rejects.toMatchObject({ kind: 'invalid', fields });
  const list = () => listVms(world, { pageSize: -1, pageToken: '', selector: 'a b,-c' });
  expect(list).toThrow(
    expect.objectContaining({
      fields: [{ field: 'page_size', description: 'must be 0 to 500' }, ...fields.map(expect.objectContaining)],
    }),
  );
});

test('a list with a selector has pages of what it names', async () => {
  for (const name of ['a', 'b', 'c', 'd']) {
    const labels = { odd: name === 'a' || name === 'c' ? 'yes' : 'no' };
    await createVm(world.vmm, creation({ name, start: false, spec: { labels }, ...dontWait }));
  }
  const names = (pageToken: string) => {
    const { vms, nextPageToken } = listVms(world, { pageSize: 1, pageToken, selector: 'odd=yes' });
    return [vms.map(({ name }) => name), nextPageToken] as const;
  };
  const [first, next] = names('');
  expect([first, names(next)]).toEqual([['a'], [['c'], '']]);
});

test('a watch of one name hears nothing of the end of another', async () => {
  await create('db', false);
  await create('web', false);
  const seen = await watched('web', 'web gone', async () => {
    await deleteVm(world.vmm, 'db', { ...doWait, force: true });
    await deleteVm(world.vmm, 'web', { ...doWait, force: true });
  });
  expect(seen.filter((words) => !words.startsWith('web'))).toEqual(['synced']);
});

test('a slow reader sees the latest state, not each one between', async () => {
  const left = new AbortController();
  const events = watchVms(world, { name: '', selector: '' }, left.signal)[Symbol.asyncIterator]();
  expect((await events.next()).value).toMatchObject({ kind: 'synced' });
  await create('web');
  expect((await events.next()).value).toMatchObject({ kind: 'upserted', vm: { status: { state: 'RUNNING' } } });
  left.abort();
  expect((await events.next()).done).toBe(true);
});

test('a list comes in pages, by name', async () => {
  for (const name of ['c', 'a', 'b']) await createVm(world.vmm, creation({ name, start: false, ...dontWait }));
  const first = listVms(world, { pageSize: 2, pageToken: '', selector: '' });
  expect(first.vms.map((vm) => vm.name)).toEqual(['a', 'b']);
  const second = listVms(world, { pageSize: 2, pageToken: first.nextPageToken, selector: '' });
  expect(second.vms.map((vm) => vm.name)).toEqual(['c']);
  expect(second.nextPageToken).toBe('');
  expect(listVms(world, { pageSize: 0, pageToken: '', selector: '' }).vms).toHaveLength(3);
  expect(() => listVms(world, { pageSize: 501, pageToken: '', selector: '' })).toThrow(
    expect.objectContaining({ kind: 'invalid' }),
  );
});
