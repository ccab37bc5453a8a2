import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { readdir, removePath, writeFile } from '../../lib/host/files.js';
import { identify, signalProcess, waitGone } from '../../lib/host/process.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';

/** A restart of the host: every process, the run directory and all that the kernel kept are gone, and the boot id is new. */

interface Vm {
  readonly name: string;
  readonly spec: { readonly policy?: { readonly publishedPorts: readonly unknown[] } };
  readonly status: {
    readonly state: string;
    readonly stateReason: string;
    readonly pid: number;
    readonly ipv4Address: string;
    readonly macAddress: string;
    readonly readyTime: string;
  };
}

const generousMs = 300_000;
const bootId = '/proc/sys/kernel/random/boot_id';

let device: KvmDevice;
let world: StandInWorld;
beforeAll(async () => {
  device = await kvmDevice();
  world = await createStandInWorld('off');
  await world.banger('daemon', 'start');
});
afterAll(async () => {
  await world?.dispose();
  await runCommand(['umount', bootId], { okExitCodes: [0, 32] });
  await device?.remove();
});

const show = (name: string) => world.json<Vm>('vm', 'show', name);

async function endAll(): Promise<void> {
  const services = await world.json<{ pid: number }[]>('service', 'list');
  const { pid } = await world.json<{ pid: number }>('daemon', 'status');
  const vms = await world.json<Vm[]>('vm', 'list');
  // The supervisor first: it would start the services again.
  for (const each of [pid, ...services.map((one) => one.pid), ...vms.map(({ status }) => status.pid ?? 0)]) {
    const identity = each > 0 ? identify(each) : undefined;
    if (identity === undefined) continue;
    signalProcess(identity, 'SIGKILL');
    await waitGone(identity, generousMs);
  }
}

async function reboot(): Promise<void> {
  await endAll();
  for (const name of await readdir(world.runDir)) await removePath(join(world.runDir, name));
  const links = (await runCommand(['ip', '-o', 'link'])).stdout.match(/\bbgr\d+/g) ?? [];
  for (const link of new Set(links)) await runCommand(['ip', 'link', 'delete', 'dev', link]);
  await runCommand(['nft', 'flush', 'ruleset']);
  await runCommand(['ip', 'address', 'delete', '10.77.0.1/32', 'dev', 'lo'], { okExitCodes: [0, 2] });
  await runCommand(['sysctl', '-qw', 'net.ipv4.ip_forward=0']);
  const another = join(world.stateDir, '..', 'boot_id');
  await writeFile(another, '11111111-2222-3333-4444-555555555555\n');
  await runCommand(['mount', '--bind', another, bootId]);
  await world.banger('daemon', 'start');
}

test('VMs with autostart come back in order, as they were; the others are stopped, and say why', async () => {
  const create = (name: string, ...options: string[]) => world.banger('vm', 'create', name, ...options);
  await create('second', '--autostart', '--autostart-order', '2', '--publish', '4711:80');
  await create('first', '--autostart', '--autostart-order', '1', '--alias', 'eins');
  await create('always', '--restart', 'always', '--autostart-order', '3');
  await create('by-hand');
  await create('was-stopped', '--no-start');
  const names = ['first', 'second', 'always', 'by-hand', 'was-stopped'];
  const before = await Promise.all(names.map(show));
  await reboot();
  const up = names.slice(0, 3);
  await pollUntil(
    async () => (await Promise.all(up.map(show))).every(({ status }) => status.state === 'VM_STATE_RUNNING'),
    {
      what: 'all that start by themselves run',
      timeoutMs: generousMs,
    },
  );
  const after = await Promise.all(names.map(show));
  const place = ({ name, status, spec }: Vm) => [name, status.ipv4Address, status.macAddress, spec.policy];
  expect(after.map(place)).toEqual(before.map(place));
  const ready = after.slice(0, 3).map(({ status }) => status.readyTime);
  expect(ready).toEqual(ready.toSorted());
  const [, , , byHand, stopped] = after;
  expect(byHand?.status).toMatchObject({
    state: 'VM_STATE_STOPPED',
    stateReason: expect.stringMatching(/host was restarted/),
  });
  expect(stopped?.status.state).toBe('VM_STATE_STOPPED');
  const dig = await runCommand(['dig', '+short', '@127.0.0.1', '-p', '42069', 'eins.vm']);
  expect(dig.stdout.trim()).toBe(after[0]?.status.ipv4Address);
  expect((await runCommand(['nft', 'list', 'table', 'inet', 'banger'])).stdout).toContain('4711');
});
