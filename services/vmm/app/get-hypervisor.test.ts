import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { toolLackFor } from '../../../test/fakes/findings.js';
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
  world.host.findings = [
    toolLackFor('vm-start', 'mke2fs', 'apt install e2fsprogs'),
    toolLackFor('vm-start', 'ssh-keygen', 'apt install openssh-client'),
    toolLackFor('work-disk-resize', 'mke2fs', 'apt install e2fsprogs'),
    toolLackFor('work-disk-resize', 'resize2fs', 'apt install e2fsprogs'),
    { ...toolLackFor('vm-start', '32 MiB of disk space', 'free some space'), type: 'SPACE' },
  ];
  expect((await getHypervisor(world)).programs).toEqual({
    ok: false,
    detail: 'not found: mke2fs, ssh-keygen, resize2fs',
    remedy: 'apt install e2fsprogs, apt install openssh-client',
  });
});
