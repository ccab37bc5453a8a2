import { exitCodeOption, fileOption, planOption } from '../apply/options.js';
import { defineCommand } from '../define-command.js';

export const command = defineCommand({
  summary: 'Delete the VMs of a file',
  description:
    'All VMs of its project, also those that the file has no more; of a file without a project those that it names. They are ' +
    'stopped first, and their disks are kept for a while, as with `banger vm delete`. Images stay.',
  options: { file: fileOption, plan: planOption, 'exit-code': exitCodeOption },
  examples: [
    ['destroy', 'the VMs of banger.toml'],
    ['destroy -f shop.toml --plan', 'which they are'],
  ],
  async run(ctx, { options: { file, plan, 'exit-code': exitCode } }) {
    const { runPlan } = await import('../apply/command.js');
    const { destructionOf: planOf } = await import('../apply/plan.js');
    return runPlan(ctx, { file, plan, exitCode, verb: 'destroy', planOf });
  },
});
