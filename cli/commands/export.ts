import { defineCommand } from '../define-command.js';
import { chosenVms, namesPositional, vmSelectorOption } from '../vm-verb.js';

export const command = defineCommand({
  summary: 'Print VMs as a file for banger apply',
  description:
    'The file asks for these VMs as they are: applied where they are, it changes nothing. It has the variables and the user data ' +
    'that they were created with, which may be secrets.',
  positionals: [namesPositional],
  options: { selector: vmSelectorOption },
  examples: [
    ['export web db', 'two VMs, as a file'],
    ['export -l banger.apply=shop', 'all of the project shop'],
  ],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const names = await chosenVms(ctx, call);
    const found = names.map(async (name) => {
      const { vm } = await vmm.getVm({ name }, { signal: ctx.signal });
      return vm ? [{ vm, data: await vmm.getGuestData({ name }, { signal: ctx.signal }) }] : [];
    });
    const { exportText } = await import('../apply/export.js');
    const text = exportText((await Promise.all(found)).flat());
    return { json: { file: text }, text: () => text.trimEnd() };
  },
});
