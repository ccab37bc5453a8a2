import type { GetHypervisorResponse } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { HostReport } from '../app/get-hypervisor.js';
import { toWireAcceleration, toWireKind } from './convert.js';

export function toWireReport({ chosen, reports, kvm, jailer, programs }: HostReport): GetHypervisorResponse {
  return {
    kind: toWireKind(chosen?.kind ?? 'any'),
    acceleration: toWireAcceleration(chosen?.acceleration),
    version: chosen?.version ?? '',
    reason: chosen?.reason ?? '',
    hypervisors: reports.map(({ kind, ...report }) => ({ ...report, kind: toWireKind(kind) })),
    kvm,
    jailer,
    programs,
  };
}
