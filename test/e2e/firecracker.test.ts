import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { open } from '../../lib/host/files.js';
import { VmPaths } from '../../services/vmm/host/vm-paths.js';
import { jailerSteps, launchSteps } from '../stand-in/launch-steps.js';
import { createStandInWorld, type StandInWorld } from './support/stand-in-world.js';

/** Firecracker's VMs through the whole banger, by the stand-in: what users do, and vmm killed at every step. */

const generousMs = 300_000;
/** Long enough for a new vmm to come while the step lasts. */
const slowMs = 1_500;

interface Vm {
  readonly uid: string;
  readonly status: {
    readonly state: string;
    readonly pid: number;
    readonly hypervisor: string;
    readonly jailUid: number;
    readonly restartCount: number;
    readonly lastError?: { readonly reason: string };
  };
}

/** Without the device banger rightly gives Firecracker to nobody. */
const hasKvm = await open('/dev/kvm', 'r+').then(
  (device) => device.close().then(() => true),
  () => false,
);
const whenPossible = hasKvm ? describe : describe.skip;
if (!hasKvm) console.info('Firecracker end to end: not run: /dev/kvm cannot be opened here');

whenPossible.each(['off', 'on'] as const)('with jail = %s', (jail) => {
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

  async function killVmm(): Promise<void> {
    const services = await world.json<{ name: string; pid: number }[]>('service', 'list');
    const pid = services.find(({ name }) => name === 'vmm')?.pid;
    await runCommand(['kill', '-KILL', String(pid)]);
    // The supervisor would wait the longer, the more often it has seen that.
    await world.banger('service', 'restart', 'vmm');
  }

  /** On the console, as its keyboard is a file that everyone with the rights may write. */
  async function type(uid: string, line: string): Promise<void> {
    const keyboard = await open(new VmPaths(world.stateDir, world.runDir).keyboard(uid), 'r+');
    await keyboard.write(`${line}\n`);
    await keyboard.close();
  }

  test('a VM comes up, pauses, tells its figures, and survives vmm', async () => {
    await world.banger('vm', 'create', 'web', '--restart', 'on-failure');
    const { uid, status } = await show('web');
    expect(status).toMatchObject({ state: 'VM_STATE_RUNNING', hypervisor: 'HYPERVISOR_KIND_FIRECRACKER' });
    expect(status.jailUid > 0).toBe(jail === 'on');
    await world.banger('vm', 'pause', 'web');
    expect(isIn('PAUSED')(await show('web'))).toBe(true);
    await world.banger('vm', 'resume', 'web');
    expect((await world.banger('vm', 'stats', 'web')).stdout).toMatch(/overlay/);
    await killVmm();
    const after = await until('web', isIn('RUNNING'), 'the VM is known again');
    expect(after.status.pid).toBe(status.pid);
    await type(uid, 'typed-after-the-adoption');
    const logged = async () => (await world.banger('vm', 'logs', 'web')).stdout.includes('typed-after-the-adoption');
    await pollUntil(logged, { what: 'the console shows what was typed', timeoutMs: generousMs });
  });

  test('its guest’s ends are told apart', async () => {
    const { uid } = await show('web');
    const again = (count: number) => (vm: Vm) => isIn('RUNNING')(vm) && vm.status.restartCount === count;
    await type(uid, 'reboot');
    await until('web', again(1), 'it runs again after a reboot');
    await type(uid, 'panic');
    await until('web', again(2), 'it runs again after a panic');
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
    const { uid } = await show('web');
    await world.banger('vm', 'stop', 'web');
    expect((await world.traces(uid)).filter((trace) => !trace.includes('/vmm/vms/'))).toEqual([]);
    await world.banger('vm', 'delete', 'web');
    expect(await world.traces(uid)).toEqual([]);
  });

  const steps = jail === 'on' ? [...jailerSteps, ...launchSteps()] : launchSteps();
  test.each(steps)('vmm is killed during %s: the VM runs all the same, and goes without a trace', async (step) => {
    await world.faults({ at: step, do: 'slow', ms: slowMs });
    await world.banger('vm', 'create', 'web', '--work-disk', '64M', '--no-wait');
    const { uid } = await show('web');
    await pollUntil(() => world.reached(uid, step), { what: `${step} is reached`, timeoutMs: generousMs, everyMs: 5 });
    await killVmm();
    await world.faults();
    await until('web', isIn('RUNNING'), 'the VM runs');
    await world.banger('vm', 'delete', '--force', 'web');
    expect(await world.traces(uid)).toEqual([]);
  });

  test('vmm is killed while a step hangs for good: the VM can be deleted, and goes without a trace', async () => {
    await world.faults({ at: 'PUT /vsock', do: 'hang' });
    await world.banger('vm', 'create', 'web', '--no-wait');
    const { uid } = await show('web');
    await pollUntil(() => world.reached(uid, 'PUT /vsock'), { what: 'it hangs', timeoutMs: generousMs });
    await killVmm();
    await until('web', () => true, 'vmm is back');
    await world.banger('vm', 'delete', '--force', 'web');
    expect(await world.traces(uid)).toEqual([]);
  });
});
