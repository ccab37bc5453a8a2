import type { FieldViolation } from '../../../lib/errors.js';
import { readSelector, selects } from '../../../lib/labels/selector.js';
import type { Vm } from '../domain/vm.js';

/** Which VMs are asked for. */
export interface Selection {
  isSelected(vm: Vm): boolean;
  /** What is wrong with the selector; then nothing is selected. */
  readonly violations: readonly FieldViolation[];
}

/** The VMs whose labels a selector names; an empty one names all. */
export function selectionOf(text: string): Selection {
  const read = readSelector(text);
  if ('value' in read) return { isSelected: ({ spec }) => selects(read.value, spec.labels), violations: [] };
  const violations = read.problems.map((description) => ({ field: 'selector', description }));
  return { isSelected: () => false, violations };
}
