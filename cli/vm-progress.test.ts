import { expect, test } from '@jest/globals';
import { VmState, WatchVmsResponse } from '../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../lib/clock.js';
import type { Context } from './context.js';
import { VmFollower } from './vm-progress.js';

/** What is shown of VMs of which the first three are stopping, and all others stopped. */
async function shownOf(count: number): Promise<string> {
  const names = Array.from({ length: count }, (_, i) => `vm-${i}`);
  const shown: string[] = [];
  const vmm = {
    async *watchVms() {
      for (const [i, name] of names.entries()) {
        const state = i < 3 ? VmState.STOPPING : VmState.STOPPED;
        const event = { $case: 'upserted', value: { name, status: { state } } } as const;
        yield WatchVmsResponse.fromPartial({ event });
      }
    },
  };
  const clients = { vmm: async () => vmm };
  const progress = { show: (text: string) => shown.push(text), end: () => undefined };
  const { signal } = new AbortController();
  const follower = new VmFollower({ clients, progress, signal } as unknown as Context, names);
  follower.start();
  await pollUntil(() => shown.length >= count, { what: 'all VMs were seen', timeoutMs: 60_000 });
  follower.stop();
  return shown[count - 1] ?? '';
}

test('each of a few VMs is told of', async () => {
  expect(await shownOf(4)).toBe('vm-0: stopping, vm-1: stopping, vm-2: stopping, vm-3: stopped');
});

test('of many VMs it is told how many do what', async () => {
  expect(await shownOf(1_000)).toBe('997 stopped, 3 stopping');
});
