import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expectHelpful, lacksIn } from '../../../test/contracts/host-check.js';
import type { HypervisorsReport } from './choice.js';
import { bad, good } from './finding.js';
import { hypervisorObservations, memoryObservation } from './host-findings.js';

const report: HypervisorsReport = {
  chosen: { kind: 'qemu', version: '7.2.22', acceleration: 'tcg', jailed: false, reason: 'qemu emulates' },
  missing: [],
  reports: [
    { kind: 'firecracker', program: '', version: '', usable: bad('it was not found', 'install it') },
    { kind: 'qemu', program: '/qemu', version: '7.2.22', usable: good('QEMU 7.2.22 is there') },
  ],
  kvm: bad('/dev/kvm does not exist', 'load its module'),
  jailer: bad('it was not found', 'put it on PATH'),
};
const withFirecracker = {
  ...report,
  reports: [{ kind: 'firecracker', program: '/fc', version: '1.16.1', usable: good('it is there') } as const],
};

const observed = (change: Partial<HypervisorsReport> = {}) => {
  const findings = hypervisorObservations({ ...report, ...change }).map(
    (one) => ({ purpose: 'vm-start', ...one }) as const,
  );
  expectHelpful(findings, ['vm-start']);
  return findings;
};

test('while one works, what the other lacks is a warning', () => {
  const findings = observed();
  expect(findings[0]).toMatchObject({ severity: 'ok', found: 'qemu 7.2.22, tcg: qemu emulates' });
  expect(lacksIn(findings)).toEqual([
    'warning: firecracker: it was not found; install it',
    'warning: KVM: /dev/kvm does not exist; load its module',
  ]);
});

test('a jailer matters with a Firecracker to lock up; without one on purpose is as it should be', () => {
  expect(lacksIn(observed(withFirecracker))).toContain('warning: jailer: it was not found; put it on PATH');
  const off = bad('`jail` in [vmm] is "off"', '');
  expect(lacksIn(observed({ ...withFirecracker, jailer: off }))).toEqual([expect.stringContaining('KVM')]);
});

test('when none works, what each lacks is an error', () => {
  const lack = {
    severity: 'error',
    type: 'TOOL',
    subject: 'a usable qemu',
    found: 'it was not found',
    remedy: 'apt install',
  } as const;
  const { chosen: _, ...none } = report;
  expect(hypervisorObservations({ ...none, missing: [lack] })).toEqual([lack]);
});

test('memory is short below that of one VM of the standard size', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (availableMib) => {
      expect(memoryObservation(availableMib).severity).toBe(availableMib < 512 ? 'warning' : 'ok');
    }),
  );
});
