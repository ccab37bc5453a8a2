import { beforeEach, describe, expect, test } from '@jest/globals';
import { BangerError } from '../../../lib/errors.js';
import { creation, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import type { Customization } from '../domain/customization.js';
import { personalPaths } from '../domain/seed.js';
import type { Vm, VmSpec } from '../domain/vm.js';
import { commitVm } from './commit-vm.js';
import { createVm } from './create-vm.js';
import { type CustomizeEvent, customizeImage } from './customize-image.js';
import { deleteVm } from './delete-vm.js';
import { pauseVm } from './pause-vm.js';
import { startVm } from './start-vm.js';
import { stopVm } from './stop-vm.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

describe('an image of a vm', () => {
  const commit = (signal = never) =>
    all(commitVm(world.vmm, { name: 'web', image: 'kept', source: 'vm web', inputDigest: '' }, signal));
  const create = () => createVm(world.vmm, creation());
  const stateOf = () => world.store.findByName('web')?.status.state;

  test('is what it has changed, on the image that it was made of, without what is its own', async () => {
    const vm = await create();
    await stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
    let taken: unknown;
    world.images.faults.onCall = () => {
      taken = [...world.layers.files.values()];
    };
    const events = await commit();
    expect(events.at(-1)).toMatchObject({ image: { name: 'kept' } });
    expect(taken).toEqual([{ of: 'web', without: personalPaths }]);
    const { digest: parent } = vm.status.origin ?? {};
    const made = { image: 'kept', name: 'kept', digest: expect.anything(), path: '/layers/1.ext4', inputDigest: '' };
    expect(world.images.made.get('kept')).toEqual({ ...made, parent, source: 'vm web' });
    expect(world.layers.files.size).toBe(0);
  });

  test('of one that runs is made while it stands still, after it has written what it held', async () => {
    const { status } = await create();
    const states: unknown[] = [];
    world.layers.faults.onCall = (call) => states.push([call, stateOf()]);
    await commit();
    expect(world.guests.commands).toEqual([`root@${status.network?.ipv4Address} sync`]);
    expect(states[0]).toEqual(['copy', 'PAUSED']);
    await world.until('web', (vm) => vm.status.state === 'RUNNING');
    expect(world.hypervisors.host.processes.at(-1)?.paused).toBe(false);
  });

  test('of one that is paused leaves it paused', async () => {
    await create();
    await pauseVm(world.vmm, 'web', doWait);
    await commit();
    expect(stateOf()).toBe('PAUSED');
  });

  test('is not made when the vm was started while its disk was copied', async () => {
    await create();
    await stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
    // Time for the start to look at the host.
    world.layers.faults.turns = 20;
    world.layers.faults.onCall = () => void startVm(world.vmm, 'web', doWait);
    await expect(commit()).rejects.toMatchObject({ kind: 'conflict', reason: 'VM_CHANGED' });
    expect(world.images.made.size).toBe(0);
    expect(world.layers.files.size).toBe(0);
  });

  test('that cannot be copied leaves a running vm running, and no copy', async () => {
    await create();
    world.layers.faults.failOnce('copy', new Error('no space'));
    await expect(commit()).rejects.toThrow('no space');
    await world.until('web', (vm) => vm.status.state === 'RUNNING');
    expect(world.layers.files.size).toBe(0);
  });

  test('of one that is deleted meanwhile is not made', async () => {
    await create();
    world.layers.faults.onCall = () => void deleteVm(world.vmm, 'web', { ...doWait, force: true });
    await expect(commit()).rejects.toMatchObject({ reason: 'VM_CHANGED' });
    await world.settled('web');
    expect(world.leftovers()).toBe('');
  });

  test.each(['FAILED', 'STARTING'] as const)('of one that is %s is refused', async (state) => {
    const vm = await createVm(world.vmm, creation({ start: false }));
    world.store.change(vm.uid, (now) => ({ ...now, status: { ...now.status, state } }));
    await expect(commit()).rejects.toMatchObject({ reason: 'VM_WRONG_STATE' });
  });
});

describe('an image made of another in a vm', () => {
  const { spec } = creation();
  const script = Buffer.from('touch /made');

  function customize(
    change: Partial<Customization> = {},
    { saved = async () => true, signal = never }: { saved?: () => Promise<boolean>; signal?: AbortSignal } = {},
  ): AsyncIterable<CustomizeEvent> {
    const plain = { image: 'made', spec: { ...spec, memoryMib: 0 }, violations: [], rebuild: false };
    return customizeImage(world.vmm, { ...plain, ...change }, saved, signal);
  }

  /** The vm that the work is done in, as it is while the script runs. */
  function whileItRuns(): { vm?: Vm } {
    const seen: { vm?: Vm } = {};
    world.guests.faults.onCall = (call) => {
      if (call === 'runScript') [seen.vm] = world.store.list();
    };
    return seen;
  }

  test('by a script: what it prints is heard, what it changed is kept, and the vm goes', async () => {
    world.guests.script = { lines: ['one', 'two'], exitCode: 0 };
    const seen = whileItRuns();
    const events = await all(customize({ script }));
    expect(events.flatMap((event) => ('line' in event ? [event.line] : []))).toEqual(['one', 'two']);
    expect(events.at(-1)).toMatchObject({ image: { name: 'made' } });
    expect(seen.vm).toMatchObject({ temporary: true, spec: { memoryMib: 1024, nat: false, restartPolicy: 'never' } });
    expect(world.guests.commands[0]).toMatch(/^root@.* script touch \/made$/);
    expect(world.store.list()).toEqual([]);
    expect(world.leftovers()).toBe('');
  });

  test('is not made again of the same script and base, unless it must', async () => {
    await all(customize({ script }));
    expect(await all(customize({ script }))).toMatchObject([{ image: { name: 'made' } }]);
    const scripts = () => world.guests.commands.filter((command) => command.includes('script')).length;
    expect(scripts()).toBe(1);
    await all(customize({ script, rebuild: true }));
    await all(customize({ script: Buffer.from('other') }));
    await all(customize({ script, spec: { ...spec, nat: true } }));
    world.images.rebuild('debian');
    await all(customize({ script, spec: { ...spec, nat: true } }));
    expect(scripts()).toBe(5);
  });

  test('by a script that fails: its code and its last words are told, and nothing is kept', async () => {
    world.guests.script = { lines: Array.from({ length: 20 }, (_, at) => `line ${at}`), exitCode: 3 };
    await expect(all(customize({ script }))).rejects.toMatchObject({
      reason: 'SCRIPT_FAILED',
      message: expect.stringMatching(/exit code 3; it said: line 10 \| .* \| line 19$/),
      metadata: { exitCode: '3' },
    });
    expect(world.images.made.size).toBe(0);
    expect(world.leftovers()).toBe('');
  });

  test('by hand: the vm is told, and what was changed is kept when that is said', async () => {
    const events = await all(customize());
    const told = events.flatMap((event) => ('vm' in event ? [event.vm] : []));
    expect(told).toEqual([expect.stringMatching(/^build-[0-9a-f]{8}$/)]);
    expect(world.images.made.get('made')).toMatchObject({ source: 'work on debian', inputDigest: '' });
    expect(world.leftovers()).toBe('');
  });

  test('by hand, and thrown away', async () => {
    const events = await all(customize({}, { saved: async () => false }));
    expect(events.some((event) => 'image' in event)).toBe(false);
    expect(world.images.made.size).toBe(0);
    expect(world.leftovers()).toBe('');
  });

  test.each(['runScript', 'answers'])('a caller who goes during %s leaves nothing', async (call) => {
    const leaving = new AbortController();
    world.guests.faults.hang(call);
    world.guests.faults.onCall = () => leaving.abort(new Error('gone'));
    await expect(all(customize({ script }, { signal: leaving.signal }))).rejects.toThrow();
    world.guests.faults.heal();
    for (const { name } of world.store.list()) await world.settled(name);
    expect(world.leftovers()).toBe('');
  });

  test('a vm that does not start leaves nothing', async () => {
    world.networks.faults.failAlways('ensure', new BangerError('exhausted', 'NO_ADDRESS', 'no address is left'));
    await expect(all(customize({ script }))).rejects.toMatchObject({ reason: 'NO_ADDRESS' });
    expect(world.leftovers()).toBe('');
  });

  test('a service that died while an image was built removes the vm when it starts', async () => {
    const events = customize({}, { saved: () => new Promise(() => undefined) })[Symbol.asyncIterator]();
    for (let event = await events.next(); !('vm' in event.value); ) event = await events.next();
    await world.restart();
    for (const { name } of world.store.list()) await world.settled(name);
    expect(world.leftovers()).toBe('');
  });

  test('all mistakes are told at once', async () => {
    const wrong: Partial<Customization> = {
      image: 'No',
      spec: { ...spec, workDiskMib: 64 } as VmSpec,
      script: Buffer.alloc(1024 * 1024 + 1),
    };
    await expect(all(customize(wrong))).rejects.toMatchObject({
      kind: 'invalid',
      fields: ['image', 'spec.work_disk_mib', 'script'].map((field) => expect.objectContaining({ field })),
    });
  });
});
