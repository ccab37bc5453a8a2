import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hypervisorEndings } from './hypervisor-endings.js';
import { hypervisorLaunches } from './hypervisor-launches.js';
import { aGuestThatRuns } from './hypervisor-running.js';
import { type Check, type ContractOptions, type HypervisorUnderTest, uidsOf } from './hypervisor-under-test.js';

/** What vmm relies on, whichever hypervisor runs the guests. Boots few guests, for a real one takes its time. */
export function hypervisorContract(
  name: string,
  make: () => Promise<HypervisorUnderTest>,
  { skips = {}, buttonEnd = 'powered-off', provesKvm = false }: ContractOptions = {},
): void {
  const check: Check = (needs, what, run) => {
    const reason = needs.map((need) => skips[need]).find((each) => each !== undefined);
    if (reason === undefined) return test(what, run);
    console.info(`${name}: skipped: ${what}: ${reason}`);
    test.skip(`${what} (skipped: ${reason})`, run);
  };

  describe(name, () => {
    let made: HypervisorUnderTest;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(async () => {
      // A test that failed has left its guest.
      const hypervisor = made.adapter();
      for (const found of await hypervisor.find()) await (await hypervisor.adopt(found, found.uid))?.end();
      await made.dispose();
    });
    const under = () => made;

    check([], 'it says what it is on this host', async () => {
      const hypervisor = made.adapter();
      const report = await hypervisor.inspect();
      expect(report).toMatchObject({ kind: hypervisor.kind, usable: { ok: true, remedy: '' } });
      expect(report.program).toMatch(/^\//);
      expect(report.version).toMatch(/^\d/);
    });

    check([], 'a trial of KVM comes to an end, and leaves nothing', async () => {
      const hypervisor = made.adapter();
      const problem = await hypervisor.tryKvm(made.kernel);
      if (provesKvm) expect(problem).toBeUndefined();
      const reason = new Error('changed my mind');
      await expect(hypervisor.tryKvm(made.kernel, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(await made.trialLeftovers()).toEqual([]);
      expect(await uidsOf(hypervisor)).toEqual([]);
    });

    hypervisorLaunches(under, check);
    aGuestThatRuns(under, check, buttonEnd);
    hypervisorEndings(under, check);
  });
}
