import { expect } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import type { Machine } from '../../services/vmm/app/ports.js';
import { type Check, type HypervisorUnderTest, nothingIsLeft, uidsOf } from './hypervisor-under-test.js';

/** Launches that go wrong, and processes that do: none of them needs a guest that has booted. */
export function hypervisorLaunches(under: () => HypervisorUnderTest, check: Check): void {
  check([], 'a launch that was aborted before it began leaves nothing', async () => {
    const plan = await under().plan(4);
    const reason = new Error('changed my mind');
    await expect(under().adapter().launch(plan, AbortSignal.abort(reason))).rejects.toBe(reason);
    await nothingIsLeft(under(), plan.uid);
  });

  check(['launch'], 'a launch that is aborted when its process is there leaves nothing', async () => {
    const plan = await under().plan(4);
    const hypervisor = under().adapter();
    const abort = new AbortController();
    const reason = new Error('changed my mind');
    const outcome: Promise<unknown> = hypervisor.launch(plan, abort.signal).catch((error) => error);
    await pollUntil(async () => (await uidsOf(hypervisor)).length > 0, {
      what: 'a process is there',
      timeoutMs: 60_000,
    });
    abort.abort(reason);
    const result = await outcome;
    // The launch may have been quicker.
    if (result !== reason) await (result as Machine).end();
    await nothingIsLeft(under(), plan.uid);
  });

  check(['launch'], 'a launch goes well, however often processes are looked for meanwhile', async () => {
    const plan = await under().plan(4);
    const hypervisor = under().adapter();
    let isOver = false;
    const launched = hypervisor.launch(plan).finally(() => {
      isOver = true;
    });
    while (!isOver) await hypervisor.find();
    const machine = await launched;
    expect(await uidsOf(hypervisor)).toEqual([plan.uid]);
    await machine.end();
    await nothingIsLeft(under(), plan.uid);
  });

  check(['launch'], 'a launch whose kernel is gone fails, and leaves nothing', async () => {
    const plan = { ...(await under().plan(4)), vmlinuxPath: '/nowhere/vmlinux' };
    const failed = under().adapter().launch(plan);
    await expect(failed).rejects.toMatchObject({
      reason: expect.stringMatching(/^(HYPERVISOR_FAILED|BOOT_FILE_MISSING)$/),
      message: expect.stringMatching(/nowhere/),
    });
    await nothingIsLeft(under(), plan.uid);
  });

  check(['launch'], 'a crash is told from an end, and the next launch goes over what it left', async () => {
    const plan = await under().plan(5);
    const crashed = await under().adapter().launch(plan);
    await under().crash(crashed);
    expect(await crashed.ended).toMatchObject({ cause: 'crashed', detail: expect.stringMatching(/./) });
    const unseen = await under().adapter().launch(plan);
    unseen.letGo();
    await under().crash(unseen);
    const machine = await under().adapter().launch(plan);
    await machine.pause();
    await machine.end();
    expect(await machine.ended).toEqual({ cause: 'ended' });
    await machine.end();
    await nothingIsLeft(under(), plan.uid);
  });

  check(['launch'], 'what a crash has left that nobody saw is cleared away by the next look', async () => {
    const plan = await under().plan(6);
    const machine = await under().adapter().launch(plan);
    machine.letGo();
    await under().crash(machine);
    expect(await under().leftovers(plan.uid)).not.toEqual([]);
    expect(await uidsOf(under().adapter())).toEqual([]);
    expect(await under().leftovers(plan.uid)).toEqual([]);
  });
}
