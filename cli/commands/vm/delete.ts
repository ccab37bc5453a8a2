import type { Context } from '../../context.js';
import { defineCommand } from '../../define-command.js';
import { namesOf, namesPositional, noWaitOption, onVms } from '../../vm-verb.js';

export const command = defineCommand({
  summary: 'Delete VMs with their disks, addresses and names',
  positionals: [namesPositional],
  options: {
    force: { type: 'flag', alias: 'f', summary: 'Also VMs that run' },
    'no-wait': noWaitOption,
  },
  examples: [
    ['vm delete web', 'a VM that does not run'],
    ['vm delete --force web db', 'two, whether they run or not'],
  ],
  async run(ctx, call) {
    const names = namesOf(call);
    const [force, wait] = [call.options.force, !call.options['no-wait']];
    const { done, errors } = await onVms(ctx, names, (name, options, repeated) =>
      remove(ctx, { name, force, wait }, options, repeated),
    );
    const outcome = wait ? 'is deleted' : 'is being deleted';
    return {
      json: done.map((name) => ({ name, deleted: wait })),
      text: () => done.map((name) => `${name} ${outcome}`).join('\n'),
      errors,
    };
  },
});

async function remove(
  ctx: Context,
  request: { name: string; force: boolean; wait: boolean },
  options: object,
  repeated: boolean,
): Promise<string> {
  const vmm = await ctx.clients.vmm();
  await vmm.deleteVm(request, options).catch((error) => {
    // The call that vmm was restarted under has done it.
    if (!repeated || error.kind !== 'not-found') throw error;
  });
  return request.name;
}
