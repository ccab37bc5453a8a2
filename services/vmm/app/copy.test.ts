import { beforeEach, expect, test } from '@jest/globals';
import { creation, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { copyFromVm } from './copy-from-vm.js';
import { type CopyRequest, copyToVm } from './copy-to-vm.js';
import { createVm } from './create-vm.js';

/** A VM runs; in its fake guest every command is cat(1), unless a test has it say something else. */
let world: FakeWorld;
beforeEach(async () => {
  world = new FakeWorld();
  await createVm(world.vmm, creation());
});

const target: CopyRequest = {
  kind: 'target',
  target: { name: 'web', path: '/srv', baseName: 'x', isFolder: false },
};
const piece = (bytes: number): CopyRequest => ({ kind: 'archive', data: Buffer.alloc(bytes, 'a') });

async function* closed(...requests: CopyRequest[]): AsyncIterable<CopyRequest> {
  yield* requests;
}

async function* endless(): AsyncIterable<CopyRequest> {
  yield target;
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    yield piece(1);
  }
}

async function all<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const seen = [];
  for await (const each of pieces) seen.push(each);
  return seen;
}

const toVm = (requests: AsyncIterable<CopyRequest>) => all(copyToVm(world.vmm, requests, never));
const lastProcess = () => world.shells.started.at(-1)?.process;

test('an archive goes into the guest, which says where it is', async () => {
  const mib = 1024 * 1024;
  const events = await toVm(closed(target, piece(mib), piece(10), piece(mib)));
  expect(events.slice(0, -1)).toEqual([
    { kind: 'copied', bytes: mib },
    { kind: 'copied', bytes: 2 * mib + 10 },
  ]);
  // Cat gives back what it was given; of what a guest says, 16 KiB are kept.
  expect(events.at(-1)).toEqual({ kind: 'done', path: 'a'.repeat(16 * 1024) });
});

test('a guest that gives up early says why, and what is still sent is not waited for', async () => {
  world.shells.onStart = (process) => {
    process.say('stderr', 'there is no folder /srv\nmore');
    process.finish({ code: 3 });
  };
  await expect(toVm(endless())).rejects.toMatchObject({
    reason: 'COPY_FAILED',
    message: 'cannot copy to web:/srv: there is no folder /srv',
  });
});

test('what is wrong with the requests is told, and what was begun ends', async () => {
  await expect(toVm(closed(piece(1)))).rejects.toMatchObject({ fields: [{ field: 'target' }] });
  expect(lastProcess()).toBeUndefined();
  await expect(toVm(closed(target, target))).rejects.toMatchObject({ fields: [{ field: 'target' }] });
  expect(lastProcess()?.isAbandoned).toBe(true);
});

test('a copy into a guest ends with its caller', async () => {
  const gone = new AbortController();
  const copying = all(copyToVm(world.vmm, endless(), gone.signal));
  await new Promise((resolve) => setImmediate(resolve));
  gone.abort(new Error('gone'));
  await expect(copying).rejects.toThrow('gone');
});

const fromVm = (signal = never) => all(copyFromVm(world.vmm, 'web', '/srv', signal));

test('what comes out is told, then sent; files that change meanwhile are no failure', async () => {
  world.shells.onStart = (process) => {
    process.say('stdout', 'folder\x004\0srv');
    process.say('stdout', '\0ab');
    process.say('stderr', 'tar: ./x: file changed as we read it');
    process.say('stdout', 'cd');
    process.finish({ code: 1 });
  };
  expect(await fromVm()).toEqual([
    { kind: 'source', source: { baseName: 'srv', isFolder: true, sizeBytes: 4096 } },
    { kind: 'archive', data: Buffer.from('ab') },
    { kind: 'archive', data: Buffer.from('cd') },
  ]);
});

test('a guest that cannot read it all says so', async () => {
  world.shells.onStart = (process) => {
    process.say('stderr', 'tar: ./x: Cannot open: Permission denied\ntar: Exiting');
    process.finish({ code: 2 });
  };
  await expect(fromVm()).rejects.toMatchObject({
    message: 'cannot copy from web:/srv: tar: ./x: Cannot open: Permission denied',
  });
});

test('a copy out of a guest ends with its caller', async () => {
  world.shells.onStart = (process) => {
    process.endInput = () => undefined;
  };
  const gone = new AbortController();
  const copying = fromVm(gone.signal);
  await new Promise((resolve) => setImmediate(resolve));
  gone.abort(new Error('gone'));
  await expect(copying).rejects.toThrow('gone');
  expect(lastProcess()?.isAbandoned).toBe(true);
});
