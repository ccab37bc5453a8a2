import type { PublishedPort, EgressRule as WireRule } from '../gen/banger/network/v1/policy.js';
import { sourceProblem } from '../lib/network-policy/check.js';
import { type Read, readEgressRule, readPublication, readUnpublication } from '../lib/network-policy/words.js';
import { toWirePort, toWireRule } from '../lib/rpc/network-policy.js';
import type { OptionSpec } from './define-command.js';
import { usageError } from './errors.js';
import { isNone, wordsOf } from './vm-choices.js';

/** Who reaches a VM, and what it reaches, by the words of the command line. */

export const allowFromOption = {
  type: 'list',
  summary: 'Who reaches it: VMs, addresses, prefixes such as 10.1.0.0/16, or all for every VM',
  problemOf: (word) => (isNone(word) ? undefined : sourceProblem(word)),
} as const satisfies OptionSpec;

export const egressOption = {
  type: 'list',
  summary: 'What it reaches with NAT: allow:DEST[:PORT] or deny:DEST[:PORT]; the first that matches decides',
  problemOf: (word) => (isNone(word) ? undefined : problemOf(readEgressRule(word))),
} as const satisfies OptionSpec;

export const publishOption = {
  type: 'list',
  summary: 'Ports of the host that lead to it: [ADDRESS:]HOST_PORT:GUEST_PORT[/udp]',
  problemOf: (word) => problemOf(readPublication(word)),
} as const satisfies OptionSpec;

/** The parser has made sure that every word can be read; `none` alone stands for an empty list. */
export function egressOf(words: readonly string[] | undefined): WireRule[] | undefined {
  return wordsOf(words)
    ?.flatMap((word) => readValue(readEgressRule(word)) ?? [])
    .map(toWireRule);
}

export function publishOf(words: readonly string[] | undefined): PublishedPort[] {
  return (words ?? []).flatMap((word) => readValue(readPublication(word)) ?? []).map(toWirePort);
}

/** The publications that words after a VM's name are; `ends` for those that end. Throws a usage error with every mistake. */
export function publicationsOf(words: readonly string[], ends: boolean, help: string): PublishedPort[] {
  const read = words.map(ends ? readUnpublication : readPublication);
  const mistakes = read.flatMap((result) => problemOf(result) ?? []);
  if (mistakes.length > 0) throw usageError(mistakes, help);
  return read.flatMap((result) => readValue(result) ?? []).map(toWirePort);
}

/** What stands behind the name of the VM. */
export function wordsAfterName(call: { readonly positionals: readonly (string | undefined)[] }): string[] {
  return call.positionals.slice(1).filter((word) => word !== undefined);
}

function problemOf(read: Read<unknown>): string | undefined {
  return 'problem' in read ? read.problem : undefined;
}

function readValue<T>(read: Read<T>): T | undefined {
  return 'value' in read ? read.value : undefined;
}
