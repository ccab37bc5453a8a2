import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptySpec } from '../../../test/fakes/requests.js';
import { jailUidFor } from './jail-uid.js';
import { newVm, type Vm, withStatus } from './vm.js';

const vmWith = (uid: number, jailUid?: number): Vm =>
  withStatus(newVm({ uid: String(uid), name: `vm-${uid}`, spec: emptySpec, start: true, now: 0 }), { jailUid });

test('the lowest user that no other vm has', () => {
  const others = [vmWith(1, 600_000), vmWith(2), vmWith(3, 600_002)];
  expect(jailUidFor(vmWith(4), others, 600_000)).toBe(600_001);
  expect(jailUidFor(vmWith(4), [], 600_000)).toBe(600_000);
});

test('a vm keeps its user, also when the first one is another now', () => {
  expect(jailUidFor(vmWith(1, 600_007), [vmWith(1, 600_007)], 700_000)).toBe(600_007);
});

test('however vms come and go, no two have the same user', () => {
  const steps = fc.array(fc.oneof(fc.constant('new' as const), fc.nat({ max: 20 })), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (plan) => {
      let vms: Vm[] = [];
      for (const [n, step] of plan.entries()) {
        if (step === 'new') vms.push(vmWith(n, jailUidFor(vmWith(n), vms, 1_000)));
        else vms = vms.filter((_, index) => index !== step);
      }
      const uids = vms.map((vm) => vm.status.jailUid);
      expect(new Set(uids).size).toBe(uids.length);
    }),
  );
});
