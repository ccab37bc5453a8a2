import { hostNotReady } from '../../../lib/errors.js';
import { defineCommand } from '../../define-command.js';
import { uninstallPlan } from '../../resolver/plan.js';
import { systemOf } from '../../resolver/system.js';
import { stepLines } from '../../views/resolver.js';

export const command = defineCommand({
  summary: 'Take back what this host was told of VMs',
  description:
    'Removes what `banger dns install` has written, and nothing else. Needs no daemon; a repeat does nothing.',
  options: {
    'dry-run': { type: 'flag', summary: 'Show what would be removed and run, and do nothing' },
  },
  examples: [
    ['dns uninstall --dry-run', 'what would be removed and run'],
    ['dns uninstall', 'as root'],
  ],
  async run(ctx, { options }) {
    const system = systemOf(ctx);
    const steps = uninstallPlan(await system.present());
    const dryRun = options['dry-run'];
    if (!dryRun && steps.length > 0) {
      if (ctx.uid !== 0) throw hostNotReady('change the settings of this host', [asRoot]);
      await system.take(steps, ctx.signal);
    }
    const done = steps.length === 0 ? 'There is nothing to take back.' : 'The resolver knows nothing of VMs any more.';
    return {
      json: { changed: !dryRun && steps.length > 0, steps },
      text: () => (dryRun && steps.length > 0 ? stepLines(steps).join('\n') : done),
    };
  },
});

const asRoot = { type: 'RIGHT', subject: 'root', description: 'sudo banger dns uninstall' } as const;
