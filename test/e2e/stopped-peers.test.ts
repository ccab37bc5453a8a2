import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { identify, type ProcessIdentity, signalProcess } from '../../lib/host/process.js';
import type { ServiceName } from '../../lib/paths.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';

/** A service that stands still (SIGSTOP) holds nothing up for good: callers hear of it, and banger goes on by itself. */

const generousMs = 300_000;

interface Vm {
  readonly name: string;
  readonly uid: string;
  readonly status: { readonly state: string; readonly tap: string; readonly pid: number };
}

let device: KvmDevice;
let world: StandInWorld;

beforeAll(async () => {
  device = await kvmDevice();
  world = await createStandInWorld('off');
  await world.banger('daemon', 'start');
});
afterAll(async () => {
  await world?.dispose();
  await device?.remove();
});

async function processOf(service: ServiceName): Promise<ProcessIdentity> {
  const services = await world.json<{ name: string; pid: number }[]>('service', 'list');
  const found = identify(services.find(({ name }) => name === service)?.pid ?? -1);
  if (found === undefined) throw new Error(`${service} does not run`);
  return found;
}

async function stand(service: ServiceName, signal: 'SIGSTOP' | 'SIGCONT', process?: ProcessIdentity) {
  const stopped = process ?? (await processOf(service));
  expect(signalProcess(stopped, signal)).toBe(true);
  return stopped;
}

const show = (name: string) => world.json<Vm>('vm', 'show', name);

function comesTo(name: string, state: string): Promise<Vm> {
  const look = async () => {
    const { exitCode, stdout } = await world.attempt('vm', 'show', name, '--json');
    const vm = exitCode === 0 ? (JSON.parse(stdout) as Vm) : undefined;
    return vm?.status.state === `VM_STATE_${state}` && vm;
  };
  return pollUntil(look, { what: `${name} is ${state}`, timeoutMs: generousMs });
}

test('netd and imaged stand still while a vm is created: it comes up when they go on', async () => {
  await world.banger('vm', 'create', 'web', '--no-start');
  const [netd, imaged] = [await stand('netd', 'SIGSTOP'), await stand('imaged', 'SIGSTOP')];
  await world.banger('vm', 'start', 'web', '--no-wait');
  expect((await show('web')).status.state).toBe('VM_STATE_STARTING');
  await stand('netd', 'SIGCONT', netd);
  await stand('imaged', 'SIGCONT', imaged);
  await comesTo('web', 'RUNNING');
});

test('one that does not go on is replaced, and the deletion that waits for it ends', async () => {
  const { uid, status } = await comesTo('web', 'RUNNING');
  const netd = await stand('netd', 'SIGSTOP');
  await world.banger('vm', 'delete', '--force', 'web');
  expect(identify(netd.pid)?.startTime).not.toBe(netd.startTime);
  expect(await world.traces(uid, status.tap)).toEqual([]);
});

test('vmm stands still: its callers hear that within their deadline, and vms run on', async () => {
  await world.banger('vm', 'create', 'web');
  const { status } = await show('web');
  const hypervisor = identify(status.pid);
  const vmm = await stand('vmm', 'SIGSTOP');
  const result = await world.attempt('vm', 'list');
  // It is asked until it answers no more, or by then another one answers.
  if (result.exitCode !== 0) expect(result.stderr).toMatch(/vmm at .* (did not answer in time|restarting: try again)/);
  await pollUntil(() => identify(vmm.pid)?.startTime !== vmm.startTime, {
    what: 'vmm is replaced',
    timeoutMs: generousMs,
  });
  expect(await comesTo('web', 'RUNNING')).toMatchObject({ status: { pid: hypervisor?.pid } });
  expect(identify(status.pid)).toEqual(hypervisor);
});
