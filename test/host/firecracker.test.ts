import { describe, test } from '@jest/globals';
import { hypervisorContract } from '../contracts/hypervisor.js';
import type { Ability } from '../contracts/hypervisor-under-test.js';
import { standInUnderTest } from './firecracker-lab.js';
import { bringsGuest, type GuestHypervisor, guestHost, guestUnderTest } from './vmm-guest-host.js';

const options = { buttonEnd: 'rebooted' } as const;

const standIn = { ...options, provesKvm: true };
hypervisorContract('Firecracker, by its stand-in', () => standInUnderTest({}), standIn);
hypervisorContract('Firecracker, by its stand-in in a jail', () => standInUnderTest({ jailed: true }), standIn);

/** A real one is not part of banger: BANGER_FIRECRACKER, and BANGER_JAILER for the jail, name those of this host. */
const { BANGER_FIRECRACKER: program, BANGER_JAILER: jailer } = process.env;

if (program === undefined) {
  console.info('real Firecracker: not run: BANGER_FIRECRACKER names none');
  describe('real Firecracker', () => test.skip('BANGER_FIRECRACKER names none', () => undefined));
} else {
  const firecracker: GuestHypervisor = { kind: 'firecracker', program };
  const skips = await inabilities(firecracker);
  hypervisorContract('real Firecracker', () => guestUnderTest(firecracker), { ...options, skips });
  if (jailer !== undefined) {
    const jailed = { ...firecracker, jailer, jailUid: 654_321 };
    hypervisorContract('real Firecracker in a jail', () => guestUnderTest(jailed), { ...options, skips });
  }
}

/** What this host's KVM, or a guest that the caller has brought, cannot do. */
async function inabilities(firecracker: GuestHypervisor): Promise<Partial<Record<Ability, string>>> {
  const host = await guestHost(firecracker);
  const problem = await host.adapter().tryKvm(host.kernel);
  await host.remove();
  if (problem !== undefined) return { launch: `KVM boots no guest here: ${problem}` };
  if (!bringsGuest()) return {};
  const why = 'the guest is the one that BANGER_TEST_KERNEL and BANGER_TEST_ROOTFS bring';
  return { guest: why, 'guest-memory': why, keyboard: why, 'work-disk': why };
}
