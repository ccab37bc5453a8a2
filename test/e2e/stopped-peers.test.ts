import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../lib/clock.js';
import { identify, type ProcessIdentity, signalProcess } from '../../lib/host/process.js';
import type { ServiceName } from '../../lib/paths.js';
import { DaemonClients, generousMs } from './support/daemon-clients.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';

/** A service that stands still (SIGSTOP) holds nothing up for good: callers hear of it, and banger goes on by itself. */

let device: KvmDevice;
let world: StandInWorld;
let daemons: DaemonClients;

beforeAll(async () => {
  device = await kvmDevice();
  world = await createStandInWorld('off');
  await world.banger('daemon', 'start');
  daemons = new DaemonClients(world);
});
afterAll(async () => {
  daemons?.close();
  await world?.dispose();
  await device?.remove();
});

async function stand(service: ServiceName, signal: 'SIGSTOP' | 'SIGCONT', process?: ProcessIdentity) {
  const stopped = process ?? (await daemons.processOf(service));
  expect(signalProcess(stopped, signal)).toBe(true);
  return stopped;
}

test('netd and imaged stand still while a vm is created: it comes up when they go on', async () => {
  await world.banger('vm', 'create', 'web', '--no-start');
  const [netd, imaged] = [await stand('netd', 'SIGSTOP'), await stand('imaged', 'SIGSTOP')];
  await world.banger('vm', 'start', 'web', '--no-wait');
  expect((await daemons.show('web')).status.state).toBe(VmState.STARTING);
  await stand('netd', 'SIGCONT', netd);
  await stand('imaged', 'SIGCONT', imaged);
  await daemons.vmComesTo('web', VmState.RUNNING);
});

test('one that does not go on is replaced, and the deletion that waits for it ends', async () => {
  const { uid, status } = await daemons.vmComesTo('web', VmState.RUNNING);
  const netd = await stand('netd', 'SIGSTOP');
  await world.banger('vm', 'delete', '--force', 'web');
  expect(identify(netd.pid)?.startTime).not.toBe(netd.startTime);
  expect(await world.traces(uid, status.tap)).toEqual([]);
});

test('vmm stands still: its callers hear that within their deadline, and vms run on', async () => {
  await world.banger('vm', 'create', 'web');
  const { status } = await daemons.show('web');
  const hypervisor = identify(status.pid);
  const vmm = await stand('vmm', 'SIGSTOP');
  const result = await world.attempt('vm', 'list');
  // It is asked until it answers no more, or by then another one answers.
  if (result.exitCode !== 0) expect(result.stderr).toMatch(/vmm at .* (did not answer in time|restarting: try again)/);
  await pollUntil(() => identify(vmm.pid)?.startTime !== vmm.startTime, {
    what: 'vmm is replaced',
    timeoutMs: generousMs,
  });
  expect(await daemons.vmComesTo('web', VmState.RUNNING)).toMatchObject({ status: { pid: hypervisor?.pid } });
  expect(identify(status.pid)).toEqual(hypervisor);
});
