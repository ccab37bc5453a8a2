import { type Evidence, type ExplainVmResponse, Verdict, Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import { styleFor } from '../../render/style.js';
import type { Property } from '../../render/table.js';
import { printable } from '../../render/text.js';
import { vmProperties } from '../../views/vm.js';
import { effectText, eventText, sentence } from '../../views/vm-explain.js';
import type { Section, SectionLine, Tone } from '../model.js';

/** All that is told of a VM: why it is as it is and what to do, the evidence, its settings, its past. */
export function sectionsOf(answer: ExplainVmResponse): Section[] {
  const { vm = Vm.fromPartial({}), meaning, nextStep, evidence, effects, events, console } = answer;
  // The screen has colours of its own.
  const plain = styleFor({ write: () => undefined }, {});
  const sections = [
    { title: 'Why', lines: [textLine(sentence(meaning)), textLine(`Next: ${nextStep}`)] },
    { title: 'Evidence', lines: evidence.map(evidenceLine) },
    { title: 'Settings', lines: vmProperties(vm, plain).flatMap(propertyLine) },
    { title: 'Last effects on the host', lines: effects.map((effect) => textLine(effectText(effect))) },
    { title: 'Last events', lines: events.map((event) => textLine(eventText(event))) },
    { title: 'Console', lines: console.map((line) => textLine(line)) },
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

function textLine(text: string, label = '', tone: Tone = 'plain'): SectionLine {
  return { label, text: printable(text), tone };
}

function evidenceLine({ subject, verdict, detail }: Evidence): SectionLine {
  if (verdict === Verdict.OK) return textLine(detail, subject, 'good');
  return verdict === Verdict.BAD ? textLine(detail, subject, 'bad') : textLine(`unknown: ${detail}`, subject, 'busy');
}

function propertyLine([title, value]: Property): SectionLine[] {
  const text = typeof value === 'object' ? value.text : value;
  return text ? [textLine(text, title)] : [];
}
