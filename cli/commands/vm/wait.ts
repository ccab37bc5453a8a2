import { Vm, VmState } from '../../../gen/banger/vmm/v1/vm_service.js';
import { BangerError, commonReasons } from '../../../lib/errors.js';
import type { Context } from '../../context.js';
import { defineCommand } from '../../define-command.js';
import { stateOf } from '../../views/vm.js';
import { vmFailed } from '../../vm-failed.js';
import { chosenVms, namesPositional, onVms, vmSelectorOption } from '../../vm-verb.js';

const goals = { running: VmState.RUNNING, stopped: VmState.STOPPED, paused: VmState.PAUSED, gone: undefined } as const;
type Goal = keyof typeof goals;

export const command = defineCommand({
  summary: 'Wait until VMs are running, stopped, paused or gone',
  description:
    'Returns as soon as all are there, and changes nothing. A VM that fails on the way, or is deleted, ends the waiting with ' +
    'exit code 5; the end of --timeout ends it with 8.',
  positionals: [namesPositional],
  options: {
    selector: vmSelectorOption,
    for: {
      type: 'text',
      choices: Object.keys(goals),
      summary: 'What for; running, which means that it answers, unless given',
    },
    timeout: { type: 'count', summary: 'Give up after this many seconds; never unless given' },
  },
  examples: [
    ['vm wait web', 'until it answers'],
    ['vm wait --for gone web db --timeout 60', 'until both are deleted, for a minute'],
  ],
  async run(ctx, call) {
    const goal = (call.options.for ?? 'running') as Goal;
    const limit = call.options.timeout;
    const late = limit === undefined ? undefined : AbortSignal.timeout(limit * 1000);
    const names = await chosenVms(ctx, call);
    const { done, errors } = await onVms(ctx, names, (name, { signal }) =>
      reached(ctx, name, goal, late ? AbortSignal.any([signal, late]) : signal).catch((error) => {
        throw late?.aborted ? tooLate(name, goal, limit ?? 0) : error;
      }),
    );
    return {
      json: done.map(({ name, vm }) => (vm ? Vm.toJSON(vm) : { name, deleted: true })),
      text: () => done.map(({ name, vm }) => `${name} is ${vm ? stateOf(vm) : 'gone'}`).join('\n'),
      errors,
    };
  },
});

interface Reached {
  readonly name: string;
  /** Absent when it is gone. */
  readonly vm?: Vm;
}

/** Follows a VM until it is there, or never will be without somebody's doing. */
async function reached(ctx: Context, name: string, goal: Goal, signal: AbortSignal): Promise<Reached> {
  const vmm = await ctx.clients.vmm();
  let last: Vm | undefined;
  let isKnown = false;
  for await (const { event } of vmm.watchVms({ name, selector: '' }, { signal })) {
    if (event?.$case === 'upserted') last = event.value;
    if (event?.$case === 'deleted') last = undefined;
    // Before that, what is not there may only not have been told yet.
    isKnown ||= event?.$case === 'synced';
    if (!isKnown) continue;
    if (last === undefined && goal === 'gone') return { name };
    // Fails with vmm's own error; one that is there again meanwhile is followed.
    if (last === undefined) last = (await vmm.getVm({ name }, { signal })).vm;
    if (last?.status?.state === goals[goal]) return { name, ...(last && { vm: last }) };
    if (last?.status?.state === VmState.FAILED && goal !== 'gone') throw vmFailed(last, `will not be ${goal}`);
  }
  throw new BangerError('unavailable', commonReasons.SHUTTING_DOWN, 'vmm has ended the watch');
}

function tooLate(name: string, goal: Goal, seconds: number): BangerError {
  const message = `vm ${name} is not ${goal} after ${seconds} s; \`banger vm explain ${name}\` tells why`;
  return new BangerError('unavailable', commonReasons.GAVE_UP, message, { metadata: { vm: name } });
}
