import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FakeWorld } from '../../../test/fakes/world.js';
import { getHypervisor } from './get-hypervisor.js';

let world: FakeWorld;

beforeEach(() => {
  world = new FakeWorld();
});

afterEach(async () => {
  await world.vmm.stop();
  world.database.close();
});

test('the report on the hypervisors, and that the other programs are there', async () => {
  expect(await getHypervisor(world)).toMatchObject({
    chosen: { kind: 'qemu', acceleration: 'tcg' },
    programs: { ok: true, remedy: '' },
  });
});

test('programs that are missing are named, and what supplies them is told once', async () => {
  const e2fsprogs = { type: 'TOOL', description: 'apt install e2fsprogs' } as const;
  world.host.missing = [
    { ...e2fsprogs, subject: 'mke2fs' },
    { ...e2fsprogs, subject: 'resize2fs' },
    { type: 'TOOL', subject: 'ssh', description: 'apt install openssh-client' },
  ];
  expect((await getHypervisor(world)).programs).toEqual({
    ok: false,
    detail: 'not found: mke2fs, resize2fs, ssh',
    remedy: 'apt install e2fsprogs, apt install openssh-client',
  });
});
