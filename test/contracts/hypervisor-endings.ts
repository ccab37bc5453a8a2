import { expect } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import type { LaunchPlan, Machine } from '../../services/vmm/app/ports.js';
import { adoptedBy, type Check, type HypervisorUnderTest, nothingIsLeft } from './hypervisor-under-test.js';

/** The ends that a guest itself gives its machine. One VM is started anew after each of them. */
export function hypervisorEndings(under: () => HypervisorUnderTest, check: Check): void {
  let plan: LaunchPlan;

  async function started(): Promise<Machine> {
    const machine = await under().adapter().launch(plan);
    expect(await under().consoles.kernelWords(plan.uid)).toBeUndefined();
    return machine;
  }

  async function adopted(): Promise<Machine> {
    const launched = await started();
    launched.letGo();
    const machine = await adoptedBy(under().adapter(), plan.uid);
    await under().guestIsUp(machine);
    return machine;
  }

  check(['launch', 'guest'], 'a reboot is told, and the next launch begins anew', async () => {
    plan = await under().plan(2);
    const machine = await started();
    await under().guestIsUp(machine);
    const packets = async () => {
      const { sentPackets } = (await machine.stats()).network;
      return sentPackets > 1 && sentPackets;
    };
    const before = await pollUntil(packets, { what: 'the guest has sent something', timeoutMs: 60_000 });
    await under().guestReboots(machine);
    expect(await machine.ended).toEqual({ cause: 'rebooted' });
    expect(await under().consoles.kernelWords(plan.uid)).toBe('restart');
    const next = await started();
    expect((await next.stats()).network.sentPackets).toBeLessThan(before);
    await next.end();
  });

  check(['launch', 'guest'], 'a panic is told with what the kernel said, after an adoption too', async () => {
    plan = await under().plan(2);
    const machine = await adopted();
    await under().guestPanics(machine);
    const detail = expect.stringMatching(/^Kernel panic - not syncing: sysrq triggered crash/);
    expect(await machine.ended).toEqual({ cause: 'panicked', detail });
  });

  check(['launch', 'guest'], 'a guest that powers itself off is told from a crash, after an adoption too', async () => {
    plan = await under().plan(2);
    const machine = await adopted();
    await under().guestPowersOff(machine);
    expect(await machine.ended).toEqual({ cause: 'powered-off' });
    expect(await under().consoles.kernelWords(plan.uid)).toBe('power-off');
    await nothingIsLeft(under(), plan.uid);
  });
}
