import { GuestInit, HypervisorKind, RestartPolicy } from '../gen/banger/vmm/v1/vm_service.js';
import type { OptionSpec } from './define-command.js';

/** What may be chosen for a VM, by the words of the command line. */

const hypervisors = {
  any: HypervisorKind.UNSPECIFIED,
  firecracker: HypervisorKind.FIRECRACKER,
  qemu: HypervisorKind.QEMU,
} as const;

const restartPolicies = {
  never: RestartPolicy.NEVER,
  'on-failure': RestartPolicy.ON_FAILURE,
  always: RestartPolicy.ALWAYS,
} as const;

const inits = { system: GuestInit.SYSTEM, light: GuestInit.LIGHT } as const;

export const initOption = {
  type: 'text',
  summary: 'What starts the guest: light boots fastest',
  choices: Object.keys(inits),
} as const satisfies OptionSpec;

export const hypervisorOption = {
  type: 'text',
  summary: 'The hypervisor; any is the best one that works here',
  choices: Object.keys(hypervisors),
} as const satisfies OptionSpec;

export const restartOption = {
  type: 'text',
  summary: 'When it starts again after it has ended by itself',
  choices: Object.keys(restartPolicies),
} as const satisfies OptionSpec;

export const autostartOrderOption = {
  type: 'count',
  summary: 'Its turn after a restart of the host, 0 to 1000: lower first, then by name',
  zero: true,
} as const satisfies OptionSpec;

/** The parser has made sure that a word is one of the choices; undefined when none was given. */
export function hypervisorOf(word: string | undefined): HypervisorKind | undefined {
  return hypervisors[word as keyof typeof hypervisors];
}

export function restartPolicyOf(word: string | undefined): RestartPolicy | undefined {
  return restartPolicies[word as keyof typeof restartPolicies];
}

/** Undefined for the image's own choice. */
export function initOf(word: string | undefined): GuestInit | undefined {
  return inits[word as keyof typeof inits];
}

/** The word of a value; the standard one for what this build does not know. */
export const hypervisorWord = (kind: HypervisorKind | undefined) => wordOf(hypervisors, kind) ?? 'any';
export const restartWord = (policy: RestartPolicy | undefined) => wordOf(restartPolicies, policy) ?? 'never';
/** Empty for the image's own choice. */
export const initWord = (init: GuestInit | undefined) => wordOf(inits, init) ?? '';

function wordOf(table: Readonly<Record<string, number>>, value: number | undefined): string | undefined {
  return Object.keys(table).find((word) => table[word] === value);
}

/** The words of a list; the word "none" alone stands for an empty one. */
export function wordsOf(words: readonly string[] | undefined): string[] | undefined {
  return words?.length === 1 && words.every(isNone) ? [] : words && [...words];
}

export function isNone(word: string): boolean {
  return word === 'none';
}
