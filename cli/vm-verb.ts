import { Vm } from '../gen/banger/vmm/v1/vm_service.js';
import type { Context } from './context.js';
import type { OptionSpec, PositionalSpec, Result } from './define-command.js';
import { interrupted, isInterrupted, SeveralErrors } from './errors.js';
import { stateOf } from './views/vm.js';
import { VmFollower, waitDeadlineMs } from './vm-progress.js';

/** What the verbs that move VMs have in common: several names, waiting, and a way to leave it. */

export const namesPositional = {
  name: 'name',
  summary: 'The name of a VM; several may be given',
  variadic: true,
} as const satisfies PositionalSpec;

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

/** Runs a verb on all VMs at once. Those that fail do not keep the others from it; each failure is reported. */
export async function onVms<T>(ctx: Context, names: readonly string[], verb: Verb<T>, repeatable = true): Promise<T[]> {
  const follower = new VmFollower(ctx, names);
  follower.start();
  try {
    const one = (name: string, repeated: boolean) =>
      verb(name, { signal: ctx.signal, deadlineMs: waitDeadlineMs }, repeated);
    const settled = await Promise.allSettled(
      names.map((name) => (repeatable ? follower.persist((repeated) => one(name, repeated)) : one(name, false))),
    );
    return results(settled, names);
  } finally {
    follower.stop();
  }
}

function results<T>(settled: readonly PromiseSettledResult<T>[], names: readonly string[]): T[] {
  const failed = settled.filter((result) => result.status === 'rejected').map((result) => result.reason);
  if (failed.some(isInterrupted)) {
    throw interrupted(`no longer waiting for ${names.join(', ')}; it goes on: look with \`banger vm list\``);
  }
  if (failed.length === 1) throw failed[0];
  if (failed.length > 1) throw new SeveralErrors(failed);
  return settled.filter((result) => result.status === 'fulfilled').map((result) => result.value);
}

/** VMs after a verb: one line each. */
export function vmsResult(answers: readonly { vm?: Vm | undefined }[]): Result {
  const vms = answers.flatMap(({ vm }) => (vm ? [vm] : []));
  return {
    json: vms.map((vm) => Vm.toJSON(vm)),
    text: () => vms.map((vm) => `${vm.name} is ${stateOf(vm)}`).join('\n'),
  };
}

/** The names that a call was given; the parser has made sure that there is one. */
export function namesOf(call: { readonly positionals: readonly (string | undefined)[] }): string[] {
  return [...new Set(call.positionals.filter((name) => name !== undefined))];
}
