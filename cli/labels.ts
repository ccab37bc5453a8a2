import { labelKeyProblem, readLabel } from '../lib/labels/labels.js';
import type { OptionSpec } from './define-command.js';

/** Labels, and what is chosen by them, by the words of the command line. */

export const labelOption = {
  type: 'list',
  summary: 'Labels, as app=ci, with commas between them: what it is found again by, with --selector',
  problemOf: (word) => problemOf(readLabel(word)),
} as const satisfies OptionSpec;

export const unlabelOption = {
  type: 'list',
  summary: 'Keys of labels to take off, with commas between them',
  problemOf: labelKeyProblem,
} as const satisfies OptionSpec;

export const selectorOption = {
  type: 'list',
  alias: 'l',
  summary: 'Those whose labels meet all of these: app=ci, app!=ci, app (there), !app (not there)',
} as const satisfies OptionSpec;

/** The parser has made sure that every word can be read. Of a key that is given twice the last counts. */
export function labelsOf(words: readonly string[] | undefined): { [key: string]: string } {
  return Object.fromEntries((words ?? []).map(readLabel).flatMap((read) => ('value' in read ? [read.value] : [])));
}

/** What a call asks for, as the contract has it; empty for everything. */
export function selectorOf(words: readonly string[] | undefined): string {
  return (words ?? []).join(',');
}

function problemOf(read: ReturnType<typeof readLabel>): string | undefined {
  return 'problem' in read ? read.problem : undefined;
}
