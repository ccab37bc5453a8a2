import { GetStatusResponse } from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { GetHypervisorResponse } from '../../gen/banger/vmm/v1/vm_service.js';
import { type Purpose, purposes, worstOf } from '../../lib/finding.js';
import { defineCommand, type Result } from '../define-command.js';
import { type Diagnosis, diagnose, exitCodeFor, isReady } from '../diagnosis.js';
import { doctorReport } from '../views/doctor.js';

export const command = defineCommand({
  summary: 'Tell whether banger can do its work here, and what to do if not',
  description:
    'Looks at the services and at what this host has for every purpose: starting VMs, NAT, growing work disks, building, ' +
    'logging in. Starts and changes nothing. Ends with 0 when nothing is missing, warnings or not; with 8 when a service ' +
    'is down, and with 5 when this host lacks something.',
  options: {
    only: { type: 'list', summary: 'Look for these purposes alone, with commas between them', choices: purposes },
    paths: { type: 'flag', summary: 'Tell where things are looked for, and what decides that' },
  },
  examples: [
    ['doctor', 'what is there, what is missing, and the way out'],
    ['doctor --only vm-start,nat', 'only what VMs with NAT need'],
    ['doctor --paths', 'where things are looked for, and what decided each'],
    ['doctor --json', 'the same for programs; "ready" tells whether VMs can be started'],
  ],
  async run(ctx, { options }) {
    if (options.paths) return (await import('../paths-report.js')).pathsReport(ctx);
    return resultOf(await diagnose(ctx, options.only as readonly Purpose[] | undefined));
  },
});

function resultOf(diagnosis: Diagnosis): Result {
  const { daemon, hypervisor, findings, silent } = diagnosis;
  return {
    json: {
      ready: isReady(diagnosis) ?? null,
      severity: worstOf(findings),
      findings,
      silent,
      daemon: daemon ? GetStatusResponse.toJSON(daemon) : null,
      hypervisor: hypervisor ? GetHypervisorResponse.toJSON(hypervisor) : null,
    },
    text: (style) => doctorReport(diagnosis, style),
    exitCode: exitCodeFor(diagnosis),
  };
}
