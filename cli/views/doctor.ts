import { type Service, ServiceState } from '../../gen/banger/supervisor/v1/supervisor_service.js';
import {
  accelerationToJSON,
  type GetHypervisorResponse,
  HypervisorKind,
  hypervisorKindToJSON,
} from '../../gen/banger/vmm/v1/vm_service.js';
import { type HostFinding, type Purpose, worstOf } from '../../lib/finding.js';
import { type Diagnosis, isReady, leftToMend, type ServiceDiscrepancy, tellersOf } from '../diagnosis.js';
import { type ChecklistLine, checklist } from '../render/checklist.js';
import { enumName } from '../render/format.js';
import type { Style } from '../render/style.js';
import { serviceState } from './service.js';

/** What each purpose is, after "can". */
const aims: Readonly<Record<Purpose, string>> = {
  'vm-start': 'start VMs',
  nat: 'let VMs reach other networks',
  'work-disk-resize': 'grow work disks',
  'image-build': 'build images',
  'image-import': 'import container images',
  'kernel-build': 'build kernels',
  ssh: 'log in to VMs',
  bundle: 'unpack runtime bundles',
  dns: 'answer for names',
};

/** The services, what VMs run in, every purpose with what is not as it should be, and the verdict at the end. */
export function doctorReport(diagnosis: Diagnosis, style: Style): string {
  const { daemon, hypervisor, wanted, isRoot } = diagnosis;
  const services = daemon ? daemon.services.map(serviceLine) : [daemonAway(isRoot)];
  const sections = [
    section('Services', checklist(services, 2, style), style),
    ...(wanted.includes('vm-start')
      ? [section('Hypervisor', checklist([chosenLine(hypervisor)], 2, style), style)]
      : []),
    section('This host', purposeLines(diagnosis, style), style),
    ...discrepancySections(diagnosis, style),
  ];
  return [...sections, verdict(diagnosis, style)].join('\n\n');
}

function section(title: string, lines: readonly string[], style: Style): string {
  return [style.bold(title), ...lines].join('\n');
}

/** A line for each purpose; below it, farther in, what is not as it should be. */
function purposeLines({ wanted, findings, silent }: Diagnosis, style: Style): string[] {
  const width = Math.max(...wanted.map((purpose) => purpose.length));
  return wanted.flatMap((purpose) => {
    const own = findings.filter((finding) => finding.purpose === purpose);
    const away = tellersOf(purpose).filter((name) => silent.includes(name));
    const summary: ChecklistLine = {
      severity: away.length > 0 ? 'error' : worstOf(own),
      name: purpose,
      text: away.length > 0 ? silenceOf(away, own) : summaryOf(purpose, own),
      remedy: '',
    };
    const worse = own.filter(({ severity }) => severity !== 'ok').map(findingLine);
    return [...checklist([summary], 2, style, width), ...checklist(worse, 6, style)];
  });
}

/** Nothing when all is as it should be: there is nothing to tell of it. */
function discrepancySections({ discrepancies = [] }: Diagnosis, style: Style): string[] {
  if (discrepancies.length === 0) return [];
  return [section('What should not be so', checklist(discrepancies.map(discrepancyLine), 2, style), style)];
}

function discrepancyLine({ service, kind, subject, found, remedy, state, failure }: ServiceDiscrepancy): ChecklistLine {
  const name = `${service} ${kind.toLowerCase()}`;
  const what = `${subject}: ${found}`;
  if (state === 'repaired') return { severity: 'ok', name, text: `${what}; mended: ${remedy}`, remedy: '' };
  return { severity: 'error', name, text: failure === '' ? what : `${what}; not mended: ${failure}`, remedy };
}

/** `told` is what others could say all the same. */
function silenceOf(names: readonly string[], told: readonly HostFinding[]): string {
  const there = told.filter(({ severity }) => severity === 'ok').map(({ subject }) => subject);
  const silence = `which would tell${there.length > 0 ? ' more' : ''}, ${names.length === 1 ? 'does' : 'do'} not answer`;
  const found = there.length > 0 ? `found ${there.join(', ')}; ` : '';
  return `${found}${names.join(' and ')}, ${silence}`;
}

function summaryOf(purpose: Purpose, findings: readonly HostFinding[]): string {
  const isMissing = worstOf(findings) === 'error';
  return isMissing ? `cannot ${aims[purpose]}` : `can ${aims[purpose]}`;
}

function findingLine({ severity, subject, found, remedy }: HostFinding): ChecklistLine {
  return { severity, name: subject, text: found, remedy };
}

function serviceLine(service: Service): ChecklistLine {
  const { name, state, lastExit } = service;
  const ok = state === ServiceState.HEALTHY;
  const why = ok || lastExit === '' ? '' : `: ${lastExit}`;
  const remedy = ok ? '' : `look at its log with \`banger service logs ${name}\``;
  return { severity: ok ? 'ok' : 'error', name, text: `${serviceState(service)}${why}`, remedy };
}

function daemonAway(isRoot: boolean): ChecklistLine {
  const remedy = isRoot
    ? 'start it with `banger daemon start`'
    : 'start it with `sudo banger daemon start`; one that root started answers to `sudo banger doctor` only';
  return { severity: 'error', name: 'daemon', text: 'it does not answer', remedy };
}

function chosenLine(chosen: GetHypervisorResponse | undefined): ChecklistLine {
  const none = { severity: 'error', remedy: '' } as const;
  if (chosen === undefined) return { ...none, name: 'unknown', text: silenceOf(['vmm'], []) };
  const { kind, version, acceleration, reason } = chosen;
  if (kind === HypervisorKind.UNSPECIFIED) {
    return { ...none, name: 'none', text: 'no hypervisor can be used as things are' };
  }
  const how = enumName(accelerationToJSON(acceleration), 'ACCELERATION');
  const name = `${enumName(hypervisorKindToJSON(kind), 'HYPERVISOR_KIND')} ${version}, ${how}`;
  return { severity: 'ok', name, text: reason, remedy: '' };
}

function verdict(diagnosis: Diagnosis, style: Style): string {
  const { findings, silent } = diagnosis;
  const ready = isReady(diagnosis);
  const told = 'what to do is told above.';
  if (ready === false) return style.red(`VMs cannot be started; ${told}`);
  if (silent.length > 0) return style.red(`Not everything could be looked at; ${told}`);
  if (worstOf(findings) === 'error') {
    return style.red(
      ready ? `VMs can be started, but something else is missing; ${told}` : `Something is missing; ${told}`,
    );
  }
  const left = leftToMend(diagnosis);
  if (left.length > 0) {
    const isTried = left.some(({ state }) => state === 'failed');
    const way = isTried ? 'why is told above.' : '`banger doctor --fix` mends what can be mended.';
    return style.red(`Something is not as it should be; ${way}`);
  }
  return style.green(ready ? 'VMs can be started.' : 'Nothing that is needed is missing.');
}
