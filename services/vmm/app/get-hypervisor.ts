import { lacksOf } from '../../../lib/finding.js';
import type { HypervisorsReport } from '../domain/choice.js';
import { bad, type Finding, good } from '../domain/finding.js';
import type { World } from './world.js';

/** What VMs get on this host, and whether it has what they need. */
export interface HostReport extends HypervisorsReport {
  /** The programs that VMs need, their hypervisors aside. */
  readonly programs: Finding;
}

/** Looks without changing or starting anything. */
export async function getHypervisor({ hypervisors, host }: Pick<World, 'hypervisors' | 'host'>): Promise<HostReport> {
  const [report, findings] = await Promise.all([hypervisors.describe(), host.check(['vm-start', 'work-disk-resize'])]);
  const missing = lacksOf(findings.filter(({ type }) => type === 'TOOL'));
  if (missing.length === 0) return { ...report, programs: good('the other programs that vms need are there') };
  const names = missing.map(({ subject }) => subject).join(', ');
  const remedies = new Set(missing.map(({ description }) => description));
  return { ...report, programs: bad(`not found: ${names}`, [...remedies].join(', ')) };
}
