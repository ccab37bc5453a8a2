import {
  type GetStatusResponse,
  type Service,
  ServiceState,
} from '../../gen/banger/supervisor/v1/supervisor_service.js';
import {
  accelerationToJSON,
  type Finding,
  type GetHypervisorResponse,
  HypervisorKind,
  hypervisorKindToJSON,
} from '../../gen/banger/vmm/v1/vm_service.js';
import { enumName } from '../render/format.js';
import type { Style } from '../render/style.js';
import { printable, wrap } from '../render/text.js';
import { serviceState } from './service.js';

/** What a doctor has found out. */
export interface Diagnosis {
  /** Undefined when it does not answer. */
  readonly daemon: GetStatusResponse | undefined;
  /** What vmm says of the host; undefined when it does not answer. */
  readonly host: GetHypervisorResponse | undefined;
  /** Whether root asks: a daemon that root started answers to nobody else. */
  readonly isRoot: boolean;
  /** Whether VMs can be started. */
  readonly ready: boolean;
}

/** A finding under its name. */
interface Line {
  readonly name: string;
  readonly finding: Finding;
  /** Whether VMs can be started without it. */
  readonly optional?: boolean;
}

/** Every finding, with the way out below it, and the verdict at the end. */
export function doctorReport({ daemon, host, isRoot, ready }: Diagnosis, style: Style): string {
  const sections = [
    section('Services', daemon ? daemon.services.map(serviceLine) : [daemonAway(isRoot)], style),
    section('Hypervisor', [host ? chosenLine(host) : vmmAway], style),
    ...(host ? [section('This host', hostLines(host), style)] : []),
  ];
  const end = ready
    ? style.green('VMs can be started.')
    : style.red('VMs cannot be started; what to do is told above.');
  return [...sections, end].join('\n\n');
}

function section(title: string, lines: readonly Line[], style: Style): string {
  const width = Math.max(...lines.map(({ name }) => name.length));
  return [style.bold(title), ...lines.flatMap((line) => lineOf(line, width, style))].join('\n');
}

function lineOf({ name, finding, optional = false }: Line, width: number, style: Style): string[] {
  const { ok, detail, remedy } = finding;
  const paint = ok ? style.green : optional ? style.yellow : style.red;
  const left = width + 6;
  const told = hanging(detail, left, style);
  const remedies = remedy === '' ? [] : [`${' '.repeat(left)}→ ${hanging(remedy, left + 2, style)}`];
  return [`  ${paint(ok ? '✓' : '✗')} ${name.padEnd(width)}  ${told}`, ...remedies];
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
  return { name, finding: { ok, detail: `${serviceState(service)}${why}`, remedy } };
}

function daemonAway(isRoot: boolean): Line {
  const remedy = isRoot
    ? 'start it with `banger daemon start`'
    : 'start it with `sudo banger daemon start`; one that root started answers to `sudo banger doctor` only';
  return { name: 'daemon', finding: { ok: false, detail: 'it does not answer', remedy } };
}

const vmmAway: Line = {
  name: 'unknown',
  finding: { ok: false, detail: 'vmm, which would tell, does not answer', remedy: '' },
};

function chosenLine({ kind, version, acceleration, reason }: GetHypervisorResponse): Line {
  if (kind === HypervisorKind.UNSPECIFIED) {
    return { name: 'none', finding: { ok: false, detail: 'no hypervisor can be used as things are', remedy: '' } };
  }
  const how = enumName(accelerationToJSON(acceleration), 'ACCELERATION');
  return { name: `${kindName(kind)} ${version}, ${how}`, finding: { ok: true, detail: reason, remedy: '' } };
}

function hostLines({ kind, hypervisors, kvm, jailer, programs }: GetHypervisorResponse): Line[] {
  const isChosen = kind !== HypervisorKind.UNSPECIFIED;
  const all = [
    ...hypervisors.map((report) => ({ name: kindName(report.kind), finding: report.usable, optional: isChosen })),
    { name: 'KVM', finding: kvm, optional: isChosen },
    { name: 'jailer', finding: jailer, optional: true },
    { name: 'programs', finding: programs },
  ];
  return all.flatMap(({ finding, ...line }) => (finding ? [{ ...line, finding }] : []));
}

function kindName(kind: HypervisorKind): string {
  return enumName(hypervisorKindToJSON(kind), 'HYPERVISOR_KIND');
}
