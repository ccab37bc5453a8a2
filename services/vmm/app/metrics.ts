import type { Collect, Sample } from '../../../lib/metrics/metrics.js';
import { type HypervisorKind, hypervisorKinds, type Vm, vmStates } from '../domain/vm.js';
import type { World } from './world.js';

/** What vmm tells of itself at a scrape: from the record alone. */
export function vmmMetrics({ store }: Pick<World, 'store'>): Collect {
  return () => {
    const vms = store.list();
    return [
      ...vmStates.map(
        (state): Sample => ({ name: 'banger_vms', labels: { state: state.toLowerCase() }, value: inState(vms, state) }),
      ),
      ...hypervisorKinds.map((hypervisor): Sample => {
        return { name: 'banger_vm_hypervisors', labels: { hypervisor }, value: runIn(vms, hypervisor) };
      }),
      {
        name: 'banger_vm_self_restarts',
        value: vms.reduce((sum, { status }) => sum + (status.restarts?.count ?? 0), 0),
      },
    ];
  };
}

function inState(vms: readonly Vm[], state: Vm['status']['state']): number {
  return vms.filter(({ status }) => status.state === state).length;
}

function runIn(vms: readonly Vm[], kind: HypervisorKind): number {
  return vms.filter(({ status }) => status.process !== undefined && status.hypervisor?.kind === kind).length;
}
