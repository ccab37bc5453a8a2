import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { open } from '../../lib/host/files.js';
import { identify, type ProcessIdentity, signalProcess, waitGone } from '../../lib/host/process.js';
import { VmPaths } from '../../services/vmm/host/vm-paths.js';
import { jailerSteps, launchSteps } from '../stand-in/launch-steps.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';
import { bangerProgram } from './support/world.js';

/** Firecracker's VMs through the whole banger, by the stand-in: what users do, and vmm killed at every step. */

const generousMs = 300_000;

interface Vm {
  readonly name: string;
  readonly uid: string;
  readonly status: {
    readonly state: string;
    readonly pid: number;
    readonly hypervisor: string;
    readonly jailUid: number;
    readonly restartCount: number;
    readonly restartReason: string;
    readonly tap: string;
    readonly lastError?: { readonly reason: string };
  };
}

let device: KvmDevice;
beforeAll(async () => {
  device = await kvmDevice();
});
afterAll(() => device?.remove());

describe.each(['off', 'on'] as const)('with jail = %s', (jail) => {
  let world: StandInWorld;
  const show = (name: string) => world.json<Vm>('vm', 'show', name);
  /** While vmm is away, nobody knows. */
  const until = (name: string, is: (vm: Vm) => boolean, what: string) =>
    pollUntil(
      async () => {
        const { exitCode, stdout } = await world.attempt('vm', 'show', name, '--json');
        const vm = exitCode === 0 && (JSON.parse(stdout) as Vm);
        return vm && is(vm) && vm;
      },
      { what, timeoutMs: generousMs },
    );
  const isIn = (state: string) => (vm: Vm) => vm.status.state === `VM_STATE_${state}`;

  beforeAll(async () => {
    world = await createStandInWorld(jail);
    await world.banger('daemon', 'start');
  });
  afterAll(() => world?.dispose());

  async function findVmm(): Promise<ProcessIdentity> {
    const services = await world.json<{ name: string; pid: number }[]>('service', 'list');
    const found = identify(services.find(({ name }) => name === 'vmm')?.pid ?? -1);
    if (found === undefined) throw new Error('vmm does not run');
    return found;
  }

  /** Creates a VM whose hypervisor hangs at a step of its launch, and kills vmm there. */
  async function killVmmAt(step: string, name: string): Promise<ProcessIdentity> {
    await world.faults({ at: step, do: 'hang' });
    const vmm = await findVmm();
    await world.banger('vm', 'create', name, '--work-disk', '64M', '--no-wait');
    const { uid } = await show(name);
    const reached = () => world.reached(uid, step);
    const hypervisor = await pollUntil(reached, { what: `${step} is reached`, timeoutMs: generousMs, everyMs: 5 });
    expect(signalProcess(vmm, 'SIGKILL')).toBe(true);
    await waitGone(vmm, generousMs);
    return hypervisor;
  }

  /** The supervisor would wait the longer, the more often it has seen that. */
  async function vmmIsBack(name: string): Promise<Vm> {
    await world.banger('service', 'restart', 'vmm');
    return until(name, () => true, 'vmm is back');
  }

  async function deletedWithoutATrace({ name, uid, status }: Vm): Promise<void> {
    await world.banger('vm', 'delete', '--force', name);
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
    const { status } = await show('web');
    expect(status).toMatchObject({ state: 'VM_STATE_RUNNING', hypervisor: 'HYPERVISOR_KIND_FIRECRACKER' });
    expect(status.jailUid > 0).toBe(jail === 'on');
    await world.banger('vm', 'pause', 'web');
    expect(isIn('PAUSED')(await show('web'))).toBe(true);
    await world.banger('vm', 'resume', 'web');
    expect((await world.banger('vm', 'stats', 'web')).stdout).toMatch(/overlay/);
    signalProcess(await findVmm(), 'SIGKILL');
    await vmmIsBack('web');
    const after = await until('web', isIn('RUNNING'), 'the VM is known again');
    expect(after.status.pid).toBe(status.pid);
    const console = [bangerProgram, 'vm', 'console', 'web'];
    const sat = await runCommand(console, { env: world.env, stdin: 'typed-after-the-adoption\n' });
    expect(sat.stdout).toContain('typed-after-the-adoption');
    expect((await world.banger('vm', 'logs', 'web')).stdout).toContain('typed-after-the-adoption');
  });

  test('its guest’s ends are told apart', async () => {
    const { uid } = await show('web');
    const again = (count: number) => (vm: Vm) => isIn('RUNNING')(vm) && vm.status.restartCount === count;
    await type(uid, 'reboot');
    await until('web', again(1), 'it runs again after a reboot');
    await type(uid, 'panic');
    const { status } = await until('web', again(2), 'it runs again after a panic');
    expect(status.restartReason).toMatch(/^its kernel panicked: Kernel panic - not syncing/);
    await type(uid, 'poweroff');
    await until('web', isIn('STOPPED'), 'it is stopped after a power-off');
    await world.banger('vm', 'set', 'web', '--restart', 'never');
    await world.banger('vm', 'start', 'web');
    await type(uid, 'panic');
    const failed = await until('web', isIn('FAILED'), 'a panic is told');
    expect(failed.status.lastError?.reason).toBe('GUEST_PANICKED');
  });

  test('stop and delete end it, and nothing is left', async () => {
    await world.banger('vm', 'start', 'web');
    const { uid, status } = await show('web');
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
      await vmmIsBack(name);
      await deletedWithoutATrace(await until(name, isIn('RUNNING'), 'the VM runs'));
    },
  );

  test('vmm is killed while a step hangs for good: the VM can be deleted, and goes without a trace', async () => {
    await killVmmAt('PUT /vsock', 'stuck');
    await deletedWithoutATrace(await vmmIsBack('stuck'));
  });
});
