import * as wire from '../../gen/banger/host/v1/host_service.js';
import { type HostFinding, type Purpose, purposes, type Severity, severities } from '../finding.js';

/** The words of banger.host.v1 and ours. */

const wirePurposes: Readonly<Record<Purpose, wire.Purpose>> = {
  'vm-start': wire.Purpose.VM_START,
  nat: wire.Purpose.NAT,
  'work-disk-resize': wire.Purpose.WORK_DISK_RESIZE,
  'image-build': wire.Purpose.IMAGE_BUILD,
  'image-import': wire.Purpose.IMAGE_IMPORT,
  'kernel-build': wire.Purpose.KERNEL_BUILD,
  ssh: wire.Purpose.SSH,
  bundle: wire.Purpose.BUNDLE,
  dns: wire.Purpose.DNS,
};

const wireSeverities: Readonly<Record<Severity, wire.Severity>> = {
  ok: wire.Severity.OK,
  warning: wire.Severity.WARNING,
  error: wire.Severity.ERROR,
};

export function toWirePurpose(purpose: Purpose): wire.Purpose {
  return wirePurposes[purpose];
}

/** None for a purpose that only a newer banger knows. */
export function fromWirePurpose(purpose: wire.Purpose): Purpose[] {
  return purposes.filter((ours) => wirePurposes[ours] === purpose);
}

export function toWireFinding({ purpose, severity, ...rest }: HostFinding): wire.HostFinding {
  return { purpose: wirePurposes[purpose], severity: wireSeverities[severity], ...rest };
}

export function fromWireFinding({ purpose, severity, type, ...rest }: wire.HostFinding): HostFinding[] {
  // A severity that we do not know is no reason to call it good.
  const ours = severities.find((name) => wireSeverities[name] === severity) ?? 'warning';
  const observation = { severity: ours, type: type as HostFinding['type'], ...rest };
  return fromWirePurpose(purpose).map((known) => ({ purpose: known, ...observation }));
}
