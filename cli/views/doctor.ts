import { type Service, ServiceState } from '../../gen/banger/supervisor/v1/supervisor_service.js';
import {
  accelerationToJSON,
  type GetHypervisorResponse,
  HypervisorKind,
  hypervisorKindToJSON,
} from '../../gen/banger/vmm/v1/vm_service.js';
import { type HostFinding, type Purpose, type Severity, worstOf } from '../../lib/finding.js';
import { type Diagnosis, isReady, tellersOf } from '../diagnosis.js';
import { enumName } from '../render/format.js';
import type { Style } from '../render/style.js';
import { printable, wrap } from '../render/text.js';
import { serviceState } from './service.js';

/** A line of the report. */
interface Line {
  readonly severity: Severity;
  readonly name: string;
  readonly text: string;
  /** Empty when nothing needs to be done. */
  readonly remedy: string;
}

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
    section('Services', linesOf(services, 2, style), style),
    ...(wanted.includes('vm-start') ? [section('Hypervisor', linesOf([chosenLine(hypervisor)], 2, style), style)] : []),
    section('This host', purposeLines(diagnosis, style), style),
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
    const summary: Line = {
      severity: away.length > 0 ? 'error' : worstOf(own),
      name: purpose,
      text: away.length > 0 ? silenceOf(away, own) : summaryOf(purpose, own),
      remedy: '',
    };
    const worse = own.filter(({ severity }) => severity !== 'ok').map(findingLine);
    return [...linesOf([summary], 2, style, width), ...linesOf(worse, 6, style)];
  });
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

function findingLine({ severity, subject, found, remedy }: HostFinding): Line {
  return { severity, name: subject, text: found, remedy };
}

const marks: Readonly<Record<Severity, { sign: string; paint: 'green' | 'yellow' | 'red' }>> = {
  ok: { sign: '✓', paint: 'green' },
  warning: { sign: '!', paint: 'yellow' },
  error: { sign: '✗', paint: 'red' },
};

/** Names longer than this do not push the texts of all others to the right. */
const widestName = 24;

/** `width` is that of the names, when they stand in a column with others. */
function linesOf(lines: readonly Line[], indent: number, style: Style, width?: number): string[] {
  const longest = Math.max(0, ...lines.map(({ name }) => name.length));
  const column = width ?? Math.min(longest, widestName);
  return lines.flatMap(({ severity, name, text, remedy }) => {
    const { sign, paint } = marks[severity];
    const left = indent + column + 4;
    const pad = ' '.repeat(left);
    const told = hanging(text, left, style);
    const label = printable(name);
    const first = label.length > column ? `${label}\n${pad}${told}` : `${label.padEnd(column)}  ${told}`;
    const way = remedy === '' ? [] : [`${pad}→ ${hanging(remedy, left + 2, style)}`];
    return [`${' '.repeat(indent)}${style[paint](sign)} ${first}`, ...way];
  });
}

/** Narrower than this, a column is left to the terminal's own way of breaking lines. */
const narrowest = 30;

/** Text that begins at column `left` and stays to the right of it. */
function hanging(text: string, left: number, { width }: Style): string {
  return wrap(printable(text), Math.max(width - left, narrowest)).replaceAll('\n', `\n${' '.repeat(left)}`);
}

function serviceLine(service: Service): Line {
  const { name, state, lastExit } = service;
  const ok = state === ServiceState.HEALTHY;
  const why = ok || lastExit === '' ? '' : `: ${lastExit}`;
  const remedy = ok ? '' : `look at its log with \`banger service logs ${name}\``;
  return { severity: ok ? 'ok' : 'error', name, text: `${serviceState(service)}${why}`, remedy };
}

function daemonAway(isRoot: boolean): Line {
  const remedy = isRoot
    ? 'start it with `banger daemon start`'
    : 'start it with `sudo banger daemon start`; one that root started answers to `sudo banger doctor` only';
  return { severity: 'error', name: 'daemon', text: 'it does not answer', remedy };
}

function chosenLine(chosen: GetHypervisorResponse | undefined): Line {
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
  return style.green(ready ? 'VMs can be started.' : 'Nothing that is needed is missing.');
}
