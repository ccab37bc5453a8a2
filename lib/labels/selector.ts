import { type Labels, labelKeyProblem, labelOf, labelValueProblem } from './labels.js';

/**
 * What labels must be, as text: requirements with commas between them, all of which must be met.
 *
 *   app=ci    it has this value
 *   app!=ci   it has another value, or none
 *   app       it is there, whatever its value
 *   !app      it is not there
 */
export type Selector = readonly Requirement[];

export type Requirement =
  | { readonly kind: 'is' | 'is-not'; readonly key: string; readonly value: string }
  | { readonly kind: 'has' | 'lacks'; readonly key: string };

export type ReadSelector = { readonly value: Selector } | { readonly problems: readonly string[] };

/** Reads a selector; spaces around its parts mean nothing, and an empty one selects everything. All mistakes are told. */
export function readSelector(text: string): ReadSelector {
  if (text.trim() === '') return { value: [] };
  const read = text.split(',').map((word) => readRequirement(word.trim()));
  const problems = read.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (problems.length > 0) return { problems };
  return { value: read.flatMap((one) => ('value' in one ? [one.value] : [])) };
}

type Read = { readonly value: Requirement } | { readonly problem: string };

function readRequirement(word: string): Read {
  if (word === '') return { problem: 'has nothing between two commas' };
  const requirement = requirementOf(word);
  const value = 'value' in requirement ? requirement.value : '';
  const problem = labelKeyProblem(requirement.key) ?? labelValueProblem(value);
  return problem === undefined ? { value: requirement } : { problem: `"${word}": ${problem}` };
}

function requirementOf(word: string): Requirement {
  const at = word.indexOf('=');
  if (at < 0) return word.startsWith('!') ? { kind: 'lacks', key: word.slice(1).trim() } : { kind: 'has', key: word };
  const not = word[at - 1] === '!';
  const key = word.slice(0, not ? at - 1 : at).trim();
  // "app==ci" is what some write.
  const value = word.slice(!not && word[at + 1] === '=' ? at + 2 : at + 1).trim();
  return { kind: not ? 'is-not' : 'is', key, value };
}

/** As `readSelector` reads it. */
export function selectorText(selector: Selector): string {
  return selector.map(requirementText).join(',');
}

function requirementText(requirement: Requirement): string {
  switch (requirement.kind) {
    case 'is':
      return `${requirement.key}=${requirement.value}`;
    case 'is-not':
      return `${requirement.key}!=${requirement.value}`;
    case 'has':
      return requirement.key;
    case 'lacks':
      return `!${requirement.key}`;
  }
}

/** Whether labels meet every requirement. */
export function selects(selector: Selector, labels: Labels): boolean {
  return selector.every((requirement) => isMet(requirement, labelOf(labels, requirement.key)));
}

function isMet(requirement: Requirement, found: string | undefined): boolean {
  switch (requirement.kind) {
    case 'is':
      return found === requirement.value;
    case 'is-not':
      return found !== requirement.value;
    case 'has':
      return found !== undefined;
    case 'lacks':
      return found === undefined;
  }
}
