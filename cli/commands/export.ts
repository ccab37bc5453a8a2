import { defineCommand } from '../define-command.js';
import { chosenVms, namesPositional, vmSelectorOption } from '../vm-verb.js';

export const command = defineCommand({
  summary: 'Print VMs as a file for banger apply',
  description: 'The file asks for these VMs as they are: applied where they are, it changes nothing.',
  positionals: [namesPositional],
  options: { selector: vmSelectorOption },
  examples: [
    ['export web db', 'two VMs, as a file'],
    ['export -l banger.apply=shop', 'all of the project shop'],
  ],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const names = await chosenVms(ctx, call);
    const answers = await Promise.all(names.map((name) => vmm.getVm({ name }, { signal: ctx.signal })));
    const { exportText } = await import('../apply/export.js');
    const text = exportText(answers.flatMap(({ vm }) => vm ?? []));
    return { json: { file: text }, text: () => text.trimEnd() };
  },
});
