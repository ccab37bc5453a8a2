import type { Observation } from '../../../lib/finding.js';
import type { HypervisorReport, HypervisorsReport } from './choice.js';
import type { Finding } from './finding.js';
import { specLimits } from './spec.js';
import { type Remain, remainName } from './trash.js';

/** What of this host is told to somebody who wants to start VMs. Pure: host/ gathers the facts. */

/** The hypervisors and what they need. What is not there is a warning while there is another way to run VMs. */
export function hypervisorObservations(report: HypervisorsReport): Observation[] {
  const { chosen, missing, reports, kvm, jailer } = report;
  if (chosen === undefined) return [...missing];
  const { kind, version, acceleration, reason } = chosen;
  return [
    {
      severity: 'ok',
      type: 'TOOL',
      subject: 'a hypervisor',
      found: `${kind} ${version}, ${acceleration}: ${reason}`,
      remedy: '',
    },
    ...reports.map(({ kind: each, usable }) => observed('TOOL', each, usable)),
    observed('DEVICE', 'KVM', kvm),
    ...(canBeJailed(reports) ? [observed('TOOL', 'jailer', jailer)] : []),
  ];
}

function canBeJailed(reports: readonly HypervisorReport[]): boolean {
  return reports.some(({ kind, usable }) => kind === 'firecracker' && usable.ok);
}

/** What is not there and has no remedy is meant to be so. */
function observed(type: Observation['type'], subject: string, { ok, detail, remedy }: Finding): Observation {
  return { severity: ok || remedy === '' ? 'ok' : 'warning', type, subject, found: detail, remedy };
}

/** What could not be cleaned up of VMs that are gone. What was not tried yet is about to go. */
export function remainObservations(remains: readonly Remain[]): Observation[] {
  return remains
    .filter(({ problem }) => problem !== '')
    .map(({ name, uid, part, problem }) => ({
      severity: 'warning',
      type: 'FILE',
      subject: `what is left of the deleted vm ${name} (${uid})`,
      found: `${remainName(part)}: ${problem}`,
      remedy: 'take away what is in the way; it is tried again every minute',
    }));
}

/** Whether a VM of the standard size finds room; `availableMib` is what programs could get without swapping. */
export function memoryObservation(availableMib: number): Observation {
  const { standard } = specLimits.memoryMib;
  const base = {
    type: 'SPACE',
    subject: `${standard} MiB of memory`,
    found: `${availableMib} MiB are available`,
  } as const;
  if (availableMib >= standard) return { ...base, severity: 'ok', remedy: '' };
  return { ...base, severity: 'warning', remedy: 'end what is not needed, or give VMs less with `--memory`' };
}
