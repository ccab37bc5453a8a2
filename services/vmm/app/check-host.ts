import { hostNotReady, isBangerError } from '../../../lib/errors.js';
import { type CheckHost, type HostFinding, lacksOf, type Purpose } from '../../../lib/finding.js';
import { hypervisorObservations, remainObservations } from '../domain/host-findings.js';
import { hypervisorWish } from '../domain/spec.js';
import type { HypervisorWish, Vm, VmSpec } from '../domain/vm.js';
import type { World } from './world.js';

/** Everything that vmm can tell of this host; what netd can tell, it tells itself. */
export function hostCheck({ hypervisors, host, trash }: Pick<World, 'hypervisors' | 'host' | 'trash'>): CheckHost {
  return async (wanted) => {
    const purpose = 'vm-start';
    const [own, report] = await Promise.all([
      host.check(wanted),
      wanted.includes(purpose) ? hypervisors.describe() : undefined,
    ]);
    const observations =
      report === undefined ? [] : [...hypervisorObservations(report), ...remainObservations(trash.remains())];
    return [...observations.map((observation) => ({ purpose, ...observation }) as const), ...own];
  };
}

/** What a command takes of the host. */
export interface HostNeeds {
  readonly purposes: readonly Purpose[];
  /** Absent when no hypervisor is needed. */
  readonly wish?: HypervisorWish;
}

/** What a start of this VM takes; one that is not made yet has no status. */
export function needsOfStart({ spec, status }: { readonly spec: VmSpec; readonly status?: Vm['status'] }): HostNeeds {
  const made = status?.workDiskMib ?? 0;
  const purposes: Purpose[] = ['vm-start'];
  if (forwards(spec)) purposes.push('nat');
  if (made > 0 && made !== spec.workDiskMib) purposes.push('work-disk-resize');
  return { purposes, wish: hypervisorWish(spec) };
}

/** Whether the host has to pass packets on for it. */
export function forwards({ nat, policy }: VmSpec): boolean {
  return nat || policy.allowFrom.length + policy.publishedPorts.length > 0;
}

/** Fails with HOST_NOT_READY, naming all that the host lacks at once: ours and netd's. `what` completes "cannot …". */
export async function requireHost(world: World, what: string, needs: HostNeeds, signal?: AbortSignal): Promise<void> {
  const { purposes, wish } = needs;
  const [hypervisor, own, network] = await Promise.all([
    wish === undefined ? [] : world.hypervisors.missing(wish),
    world.host.check(purposes),
    networkFindings(world, purposes, signal),
  ]);
  const lacks = lacksOf([...hypervisor, ...own, ...network]);
  if (lacks.length > 0) throw hostNotReady(what, lacks);
}

const networkPurposes: readonly Purpose[] = ['vm-start', 'nat'];

async function networkFindings(
  { networks, log }: World,
  purposes: readonly Purpose[],
  signal?: AbortSignal,
): Promise<readonly HostFinding[]> {
  const wanted = networkPurposes.filter((purpose) => purposes.includes(purpose));
  if (wanted.length === 0) return [];
  return networks.check(wanted, signal).catch((error: unknown) => {
    // A netd that restarts is no lack of the host: the step that needs it waits for it, and tells what it then says.
    if (!isBangerError(error) || error.kind !== 'unavailable' || signal?.aborted) throw error;
    log.info({ err: error }, 'netd does not answer; what the network needs is looked at when it does');
    return [];
  });
}
