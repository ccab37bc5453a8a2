import { expect, test } from '@jest/globals';
import { Acceleration, GetHypervisorResponse, HypervisorKind } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { HostReport } from '../app/get-hypervisor.js';
import { bad, good } from '../domain/finding.js';
import { toWireReport } from './convert-report.js';

const report: HostReport = {
  chosen: { kind: 'firecracker', acceleration: 'kvm', version: '1.16.1', jailed: true, reason: 'it works' },
  missing: [],
  reports: [
    { kind: 'firecracker', program: '/fc', version: '1.16.1', usable: good('it is there') },
    { kind: 'qemu', program: '', version: '', usable: bad('it was not found', 'apt install qemu-system-x86') },
  ],
  kvm: good('it passed'),
  jailer: good('it is there'),
  programs: bad('not found: ssh', 'apt install openssh-client'),
};

test('a report survives the wire whole', () => {
  const bytes = GetHypervisorResponse.encode(toWireReport(report)).finish();
  expect(GetHypervisorResponse.decode(bytes)).toMatchObject({
    kind: HypervisorKind.FIRECRACKER,
    acceleration: Acceleration.KVM,
    version: '1.16.1',
    reason: 'it works',
    hypervisors: [
      { kind: HypervisorKind.FIRECRACKER, program: '/fc', version: '1.16.1', usable: report.reports[0]?.usable },
      { kind: HypervisorKind.QEMU, program: '', version: '', usable: report.reports[1]?.usable },
    ],
    kvm: report.kvm,
    jailer: report.jailer,
    programs: report.programs,
  });
});

test('where there is no choice, nothing is chosen', () => {
  expect(toWireReport({ ...report, chosen: undefined })).toMatchObject({
    kind: HypervisorKind.UNSPECIFIED,
    acceleration: Acceleration.UNSPECIFIED,
    version: '',
    reason: '',
  });
});
