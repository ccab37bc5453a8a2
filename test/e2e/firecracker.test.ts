import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HypervisorKind, VmSpec, VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { open } from '../../lib/host/files.js';
import { type ProcessIdentity, signalProcess, waitGone } from '../../lib/host/process.js';
import { VmPaths } from '../../services/vmm/host/vm-paths.js';
import { jailerSteps, launchSteps } from '../stand-in/launch-steps.js';
import { DaemonClients, generousMs, type StatedVm } from './support/daemon-clients.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, quickRestarts, type StandInWorld } from './support/stand-in-world.js';
import { bangerProgram } from './support/world.js';

/** Firecracker's VMs through the whole banger, by the stand-in: what users do, and vmm killed at every step. */

let device: KvmDevice;
beforeAll(async () => {
  device = await kvmDevice();
});
afterAll(() => device?.remove());

describe.each(['off', 'on'] as const)('with jail = %s', (jail) => {
  let world: StandInWorld;
  let daemons: DaemonClients;
  const isIn = (state: VmState) => (vm: StatedVm) => vm.status.state === state;

  beforeAll(async () => {
    world = await createStandInWorld(jail, { config: quickRestarts });
    await world.banger('daemon', 'start');
    daemons = new DaemonClients(world);
  });
  afterAll(async () => {
    daemons?.close();
    await world?.dispose();
  });

  /** Creates a VM whose hypervisor hangs at a step of its launch, and kills vmm there. */
  async function killVmmAt(step: string, name: string): Promise<ProcessIdentity> {
    await world.faults({ at: step, do: 'hang' });
    const vmm = await daemons.processOf('vmm');
    const spec = VmSpec.fromPartial({ workDiskMib: 64 });
    await daemons.vmm.createVm({ name, spec, requestId: name, noStart: false, wait: false, validateOnly: false });
    const { uid } = await daemons.show(name);
    const reached = () => world.reached(uid, step);
    const hypervisor = await pollUntil(reached, { what: `${step} is reached`, timeoutMs: generousMs, everyMs: 5 });
    expect(signalProcess(vmm, 'SIGKILL')).toBe(true);
    await waitGone(vmm, generousMs);
    return hypervisor;
  }

  async function deletedWithoutATrace({ name, uid, status }: StatedVm): Promise<void> {
    await daemons.vmm.deleteVm({ name, force: true, wait: true, purge: false }, { deadlineMs: generousMs });
    expect(await world.traces(uid, status.tap)).toEqual([]);
  }

  /** On the console, as its keyboard is a file that everyone with the rights may write. */
  async function type(uid: string, line: string): Promise<void> {
    const keyboard = await open(new VmPaths(world.stateDir, world.runDir).keyboard(uid), 'r+');
    await keyboard.write(`${line}\n`);
    await keyboard.close();
  }

  test('a VM comes up, pauses, tells its figures, and survives vmm', async () => {
    await world.banger('vm', 'create', 'web', '--restart', 'on-failure');
    const { status } = await daemons.show('web');
    expect(status).toMatchObject({ state: VmState.RUNNING, hypervisor: HypervisorKind.FIRECRACKER });
    expect(status.jailUid > 0).toBe(jail === 'on');
    await world.banger('vm', 'pause', 'web');
    expect(isIn(VmState.PAUSED)(await daemons.show('web'))).toBe(true);
    await world.banger('vm', 'resume', 'web');
    expect((await world.banger('vm', 'stats', 'web')).stdout).toMatch(/overlay/);
    const vmm = await daemons.processOf('vmm');
    signalProcess(vmm, 'SIGKILL');
    await waitGone(vmm, generousMs);
    const after = await daemons.vmIs('web', isIn(VmState.RUNNING), 'the VM is known again');
    expect(after.status.pid).toBe(status.pid);
    const console = [bangerProgram, 'vm', 'console', 'web'];
    const sat = await runCommand(console, { env: world.env, stdin: 'typed-after-the-adoption\n' });
    expect(sat.stdout).toContain('typed-after-the-adoption');
    expect((await world.banger('vm', 'logs', 'web')).stdout).toContain('typed-after-the-adoption');
  });

  test('its guest’s ends are told apart', async () => {
    const { uid } = await daemons.show('web');
    const again = (count: number) => (vm: StatedVm) => isIn(VmState.RUNNING)(vm) && vm.status.restartCount === count;
    await type(uid, 'reboot');
    await daemons.vmIs('web', again(1), 'it runs again after a reboot');
    await type(uid, 'panic');
    const { status } = await daemons.vmIs('web', again(2), 'it runs again after a panic');
    expect(status.restartReason).toMatch(/^its kernel panicked: Kernel panic - not syncing/);
    await type(uid, 'poweroff');
    await daemons.vmIs('web', isIn(VmState.STOPPED), 'it is stopped after a power-off');
    await world.banger('vm', 'set', 'web', '--restart', 'never');
    await world.banger('vm', 'start', 'web');
    await type(uid, 'panic');
    const failed = await daemons.vmIs('web', isIn(VmState.FAILED), 'a panic is told');
    expect(failed.status.lastError?.reason).toBe('GUEST_PANICKED');
  });

  test('stop and delete end it, and nothing is left', async () => {
    await world.banger('vm', 'start', 'web');
    const { uid, status } = await daemons.show('web');
    const { tap } = status;
    await world.banger('vm', 'stop', 'web');
    // Its disks and its address are kept.
    expect(await world.traces(uid, tap)).toEqual([expect.stringContaining('/vmm/vms/'), `tap ${tap}`]);
    await world.banger('vm', 'delete', 'web');
    expect(await world.traces(uid, tap)).toEqual([]);
  });

  // In a jail the requests between the first and the last are the same as without one.
  const requests = launchSteps();
  const steps = jail === 'on' ? [...jailerSteps, ...requests.slice(0, 2), ...requests.slice(-1)] : requests;
  const numbered = steps.map((step, at) => [step, `web${at}`] as const);
  test.each(numbered)(
    'vmm is killed during %s: the VM runs all the same, and goes without a trace',
    async (step, name) => {
      const hypervisor = await killVmmAt(step, name);
      await world.faults();
      signalProcess(hypervisor, 'SIGUSR2');
      await deletedWithoutATrace(await daemons.vmIs(name, isIn(VmState.RUNNING), 'the VM runs'));
    },
  );

  test('vmm is killed while a step hangs for good: the VM can be deleted, and goes without a trace', async () => {
    await killVmmAt('PUT /vsock', 'stuck');
    await deletedWithoutATrace(await daemons.show('stuck'));
  });
});
