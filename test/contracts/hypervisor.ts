import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Hypervisor, LaunchPlan, Machine } from '../../services/vmm/app/ports.js';

export interface HypervisorUnderTest {
  /** A new adapter on the same host, as a restarted service has. */
  adapter(): Hypervisor;
  /** A plan that boots; uids differ by their last digit. */
  plan(digit: number): Promise<LaunchPlan>;
  /** Resolves when the guest is so far that it hears its power button. */
  guestIsUp(uid: string): Promise<void>;
  /** The guest powers itself off. */
  guestPowersOff(uid: string): Promise<void>;
  /** The hypervisor process dies without a word. */
  crash(machine: Machine): Promise<void>;
  dispose(): Promise<void>;
}

/** What vmm relies on, whichever hypervisor runs the guests. Boots few guests, for a real one takes its time. */
export function hypervisorContract(name: string, make: () => Promise<HypervisorUnderTest>, timeoutMs = 5_000): void {
  describe(`hypervisor: ${name}`, () => {
    let under: HypervisorUnderTest;
    beforeAll(async () => {
      under = await make();
    }, timeoutMs);
    afterAll(() => under.dispose(), timeoutMs);

    const uids = async (hypervisor: Hypervisor) => (await hypervisor.find()).map((found) => found.uid);

    async function findOne(hypervisor: Hypervisor, uid: string) {
      const found = (await hypervisor.find()).find((each) => each.uid === uid);
      if (found === undefined) throw new Error(`no process of ${uid} was found`);
      return found;
    }

    test(
      'it says what VMs get on this host, and why',
      async () => {
        const { kind, acceleration, reason, version } = await under.adapter().describe();
        expect({ kind, version }).toEqual({ kind: under.adapter().kind, version: expect.stringMatching(/^\d/) });
        expect(['kvm', 'tcg']).toContain(acceleration);
        expect(reason).not.toBe('');
      },
      timeoutMs,
    );

    test(
      'a launched guest is found, survives its adapter, is adopted, and powers off when asked',
      async () => {
        const plan = await under.plan(1);
        const first = under.adapter();
        const launched = await first.launch(plan);
        expect(launched.uid).toBe(plan.uid);
        expect(await uids(first)).toEqual([plan.uid]);
        launched.letGo();

        const second = under.adapter();
        const found = await findOne(second, plan.uid);
        expect(found.process).toEqual(launched.process);
        const adopted = await second.adopt(found);
        expect(adopted).toMatchObject({ uid: plan.uid, process: launched.process });

        await under.guestIsUp(plan.uid);
        await adopted?.pressPowerButton();
        expect(await adopted?.ended).toEqual({ cause: 'powered-off' });
        expect(await uids(second)).toEqual([]);
      },
      timeoutMs,
    );

    test(
      'a second launch of a VM that runs is refused and does it no harm',
      async () => {
        const plan = await under.plan(2);
        const hypervisor = under.adapter();
        const machine = await hypervisor.launch(plan);
        await expect(hypervisor.launch(plan)).rejects.toMatchObject({ reason: 'HYPERVISOR_FAILED' });
        expect(await uids(hypervisor)).toEqual([plan.uid]);
        await machine.end();
        expect(await machine.ended).toEqual({ cause: 'ended' });
        await machine.end();
      },
      timeoutMs,
    );

    test(
      'a process that is another one by now is not adopted',
      async () => {
        const plan = await under.plan(3);
        const hypervisor = under.adapter();
        const machine = await hypervisor.launch(plan);
        const { pid, startTime } = machine.process;
        const later = { uid: plan.uid, process: { pid, startTime: startTime + 1 } };
        expect(await hypervisor.adopt(later)).toBeUndefined();
        expect(await hypervisor.adopt({ uid: plan.uid, process: { pid: process.pid, startTime } })).toBeUndefined();
        expect(await uids(hypervisor)).toEqual([plan.uid]);
        await machine.end();
      },
      timeoutMs,
    );

    test(
      'a crash is told from an end',
      async () => {
        const machine = await under.adapter().launch(await under.plan(4));
        await under.crash(machine);
        expect(await machine.ended).toMatchObject({ cause: 'crashed', detail: expect.stringMatching(/./) });
      },
      timeoutMs,
    );

    test(
      'a guest that powers itself off is told from a crash, after an adoption too',
      async () => {
        const plan = await under.plan(5);
        const launched = await under.adapter().launch(plan);
        launched.letGo();
        const again = under.adapter();
        const machine = await again.adopt(await findOne(again, plan.uid));
        await under.guestIsUp(plan.uid);
        await under.guestPowersOff(plan.uid);
        expect(await machine?.ended).toEqual({ cause: 'powered-off' });
      },
      timeoutMs,
    );

    test(
      'an aborted launch leaves no process',
      async () => {
        const hypervisor = under.adapter();
        const reason = new Error('changed my mind');
        await expect(hypervisor.launch(await under.plan(6), AbortSignal.abort(reason))).rejects.toBe(reason);
        expect(await uids(hypervisor)).toEqual([]);
      },
      timeoutMs,
    );
  });
}
