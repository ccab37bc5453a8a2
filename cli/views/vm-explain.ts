import { type Event, Outcome, outcomeToJSON } from '../../gen/banger/events/v1/event_service.js';
import {
  type Evidence,
  type ExplainVmResponse,
  type HostEffect,
  Verdict,
  Vm,
} from '../../gen/banger/vmm/v1/vm_service.js';
import type { Severity } from '../../lib/finding.js';
import { checklist } from '../render/checklist.js';
import { elapsed, enumName } from '../render/format.js';
import type { Style } from '../render/style.js';
import { cut } from '../render/table.js';
import { printable, wrap } from '../render/text.js';
import { doing } from './vm.js';

/** The state in words, what was looked at, the past, and at the end what to do: where a person's eye rests. */
export function explanation(answer: ExplainVmResponse, style: Style): string {
  const { vm = Vm.fromPartial({}), meaning, nextStep, evidence, effects, events, console } = answer;
  return [
    `${style.bold(`${vm.name}: ${doing(vm)}`)}\n${indented(sentence(meaning), style)}`,
    section('Evidence', checklist(evidence.map(evidenceLine), 2, style), style),
    section(
      'Last effects on the host',
      effects.map((effect) => line(effectText(effect), style)),
      style,
    ),
    section(
      'Last events',
      events.map((event) => line(eventText(event), style)),
      style,
    ),
    section(
      'Console',
      console.map((text) => line(text, style)),
      style,
    ),
    section('Next step', [indented(sentence(nextStep), style)], style),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Empty for a section without lines. */
function section(title: string, lines: readonly string[], style: Style): string {
  return lines.length === 0 ? '' : [style.bold(title), ...lines].join('\n');
}

const indent = '  ';
/** Stands for a space where no line may be broken: of Unicode's private use. */
const joiner = '\ue000';

function indented(text: string, { width }: Style): string {
  // A command that is to be copied stays on one line.
  const whole = printable(text).replace(/`[^`]+`/g, (command) => command.replaceAll(' ', joiner));
  const lines = wrap(whole, width - indent.length).split('\n');
  return lines.map((each) => `${indent}${each.replaceAll(joiner, ' ')}`).join('\n');
}

function line(text: string, { width }: Style): string {
  return `${indent}${cut(printable(text), width - indent.length)}`;
}

/** With a capital letter and a full stop; a command that ends it stays as it can be copied. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

const severities: Readonly<Partial<Record<Verdict, Severity>>> = {
  [Verdict.OK]: 'ok',
  [Verdict.BAD]: 'error',
};

function evidenceLine({ subject, verdict, detail }: Evidence) {
  const severity = severities[verdict] ?? 'warning';
  const text = severity === 'warning' ? `unknown: ${detail}` : detail;
  return { severity, name: subject, text, remedy: '' };
}

/** "2026-01-02 08:15:03  boot  hypervisors.launch  done after 0.3s  firecracker with kvm": what may be cut comes last. */
export function effectText({ time, endTime, verb, step, detail, outcome, reason }: HostEffect): string {
  const took = time && endTime ? ` after ${elapsed(endTime.getTime() - time.getTime())}` : '';
  const end = outcome === '' ? 'not ended' : `${outcome}${took}${reason && ` [${reason}]`}`;
  return [clock(time), verb, step, end, detail].filter((word) => word !== '').join('  ');
}

/** "2026-01-02 08:15:03  running  STARTING → RUNNING  by ann"; `banger events --vm NAME` has the rest. */
export function eventText({ time, action, outcome, message, reason, caller }: Event): string {
  const verdict = outcome === Outcome.UNSPECIFIED ? '' : ` ${enumName(outcomeToJSON(outcome), 'OUTCOME')}`;
  const told = message === action ? '' : message;
  const who = caller ? `by ${caller.certificate || caller.user || caller.uid}` : '';
  const words = [clock(time), `${action}${verdict}`, told, reason && `[${reason}]`, who];
  return words.filter((word) => word !== '').join('  ');
}

function clock(time: Date | undefined): string {
  return (time ?? new Date(0)).toISOString().slice(0, 19).replace('T', ' ');
}
