import { wrongState } from '../domain/errors.js';
import type { MachineStats } from '../domain/stats.js';
import { requireVm } from './verbs.js';
import type { Vmm } from './vmm.js';

/** What a VM uses. Fails with VM_WRONG_STATE when no hypervisor runs. */
export async function getVmStats(
  { world, machines }: Pick<Vmm, 'world' | 'machines'>,
  name: string,
): Promise<MachineStats> {
  const { uid, status } = requireVm(world, name);
  const machine = machines.get(uid);
  if (machine === undefined) throw wrongState(`read the figures of vm ${name}`, status.state, 'no hypervisor runs');
  return machine.stats();
}
