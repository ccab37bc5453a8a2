import { GetStatusResponse } from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { GetHypervisorResponse } from '../../gen/banger/vmm/v1/vm_service.js';
import { type Purpose, purposes, worstOf } from '../../lib/finding.js';
import { defineCommand, type Result } from '../define-command.js';
import { type Diagnosis, diagnose, exitCodeFor, isReady } from '../diagnosis.js';
import { usageError } from '../errors.js';
import { doctorReport } from '../views/doctor.js';

export const command = defineCommand({
  summary: 'Tell whether banger can do its work here, and what to do if not',
  description:
    'Looks at the services and at what this host has for every purpose: starting VMs, NAT, growing work disks, building, ' +
    'logging in; and for what belongs to no VM or is not as it was made. Changes nothing without --fix. Ends with 0 when ' +
    'nothing is missing, warnings or not, and nothing is left to mend; with 8 when a service is down, and with 5 otherwise.',
  options: {
    only: { type: 'list', summary: 'Look for these purposes alone, with commas between them', choices: purposes },
    fix: { type: 'flag', summary: 'Mend what belongs to no VM or is not as it was made, and tell what was done' },
    paths: { type: 'flag', summary: 'Tell where things are looked for, and what decides that' },
  },
  examples: [
    ['doctor', 'what is there, what is missing, and the way out'],
    ['doctor --only vm-start,nat', 'only what VMs with NAT need'],
    ['doctor --fix', 'remove what a crash has left, and put right what someone else has changed'],
    ['doctor --paths', 'where things are looked for, and what decided each'],
    ['doctor --json', 'the same for programs; "ready" tells whether VMs can be started'],
  ],
  async run(ctx, { options }) {
    if (options.fix && (options.only || options.paths)) {
      throw usageError(['--fix goes with neither --only nor --paths'], 'banger doctor --help');
    }
    if (options.paths) return (await import('../paths-report.js')).pathsReport(ctx);
    return resultOf(await diagnose(ctx, options.only as readonly Purpose[] | undefined, options.fix));
  },
});

function resultOf(diagnosis: Diagnosis): Result {
  const { daemon, hypervisor, findings, discrepancies, silent } = diagnosis;
  return {
    json: {
      ready: isReady(diagnosis) ?? null,
      severity: worstOf(findings),
      findings,
      discrepancies: discrepancies ?? null,
      silent,
      daemon: daemon ? GetStatusResponse.toJSON(daemon) : null,
      hypervisor: hypervisor ? GetHypervisorResponse.toJSON(hypervisor) : null,
    },
    text: (style) => doctorReport(diagnosis, style),
    exitCode: exitCodeFor(diagnosis),
  };
}
