import { Vm } from '../gen/banger/vmm/v1/vm_service.js';
import { allVms } from './all-vms.js';
import type { Context } from './context.js';
import type { OptionSpec, PositionalSpec, Result } from './define-command.js';
import { interrupted, isInterrupted } from './errors.js';
import { selectorOf, selectorOption } from './labels.js';
import { stateOf } from './views/vm.js';
import { VmFollower, waitDeadlineMs } from './vm-progress.js';

/** What the verbs that move VMs have in common: several names, waiting, and a way to leave it. */

export const namesPositional = {
  name: 'name',
  summary: 'The name of a VM; several may be given. Or none, with --selector',
  variadic: true,
  unless: 'selector',
} as const satisfies PositionalSpec;

/** For verbs on several VMs; goes with `namesPositional`. */
export const vmSelectorOption = {
  ...selectorOption,
  summary: `Instead of names: the VMs whose labels meet all of ${selectorOption.summary.slice(selectorOption.summary.indexOf('these'))}`,
} as const satisfies OptionSpec;

export const noWaitOption = {
  type: 'flag',
  summary: 'Return at once, when the VM is on its way',
} as const satisfies OptionSpec;

export const graceOption = {
  type: 'count',
  summary: 'How many seconds the guest may take to power off before it is ended; 30 unless given',
} as const satisfies OptionSpec;

/** One verb on one VM; `repeated` says that vmm was restarted under the former call. */
type Verb<T> = (name: string, options: { signal: AbortSignal; deadlineMs: number }, repeated: boolean) => Promise<T>;

/** What came of a verb on several VMs. */
export interface Outcome<T> {
  readonly done: readonly T[];
  readonly errors: readonly unknown[];
}

/** Runs a verb on all VMs at once. Those that fail do not keep the others from it. */
export async function onVms<T>(
  ctx: Context,
  names: readonly string[],
  verb: Verb<T>,
  repeatable = true,
): Promise<Outcome<T>> {
  if (names.length === 0) return { done: [], errors: [] };
  const follower = new VmFollower(ctx, names);
  follower.start();
  try {
    const one = (name: string, repeated: boolean) =>
      verb(name, { signal: ctx.signal, deadlineMs: waitDeadlineMs }, repeated);
    const settled = await Promise.allSettled(
      names.map((name) => (repeatable ? follower.persist((repeated) => one(name, repeated)) : one(name, false))),
    );
    return outcomeOf(settled, names);
  } finally {
    follower.stop();
  }
}

function outcomeOf<T>(settled: readonly PromiseSettledResult<T>[], names: readonly string[]): Outcome<T> {
  const done = settled.filter((result) => result.status === 'fulfilled').map((result) => result.value);
  const errors = settled.filter((result) => result.status === 'rejected').map((result) => result.reason);
  if (errors.some(isInterrupted)) {
    throw interrupted(
      `no longer waiting for ${names.join(', ')}; what was begun goes on: look with \`banger vm list\``,
    );
  }
  return { done, errors };
}

/** VMs after a verb: one line each. */
export function vmsResult({ done, errors }: Outcome<{ vm?: Vm | undefined }>): Result {
  const vms = done.flatMap(({ vm }) => (vm ? [vm] : []));
  return {
    json: vms.map((vm) => Vm.toJSON(vm)),
    text: () => vms.map((vm) => `${vm.name} is ${stateOf(vm)}`).join('\n'),
    errors,
  };
}

interface Choice {
  readonly positionals: readonly (string | undefined)[];
  readonly options: { readonly selector: readonly string[] | undefined };
}

/** The VMs that a call is about: the parser has made sure that it has either names or a selector. */
export async function chosenVms(ctx: Context, { positionals, options }: Choice): Promise<string[]> {
  if (options.selector === undefined) return [...new Set(positionals.filter((name) => name !== undefined))];
  const selector = selectorOf(options.selector);
  const vms = await allVms(ctx, selector);
  if (vms.length === 0) ctx.note(`no vm has the labels ${selector}: nothing to do`);
  return vms.map(({ name }) => name);
}
