import { hostNotReady } from '../../../lib/errors.js';
import { defineCommand } from '../../define-command.js';
import { installPlan } from '../../resolver/plan.js';
import { askForRoute } from '../../resolver/route.js';
import { systemOf } from '../../resolver/system.js';
import { adviceFor, type ResolverKind, resolverKinds, resolverOf, wiringFile } from '../../resolver/wiring.js';
import { stepLines } from '../../views/resolver.js';

export const command = defineCommand({
  summary: "Make this host's programs find the names of VMs",
  description:
    'Tells the resolver that programs here ask (systemd-resolved, NetworkManager with its dnsmasq, dnsmasq) that dnsd answers ' +
    'for .vm and for the addresses of VMs, and nothing else. Where /etc/resolv.conf names other servers, it prints what to ' +
    'add by hand. A repeat brings it up to date. Needs root, and a daemon that runs.',
  options: {
    resolver: { type: 'text', summary: 'Tell this one, whoever is asked here', choices: resolverKinds },
    'dry-run': { type: 'flag', summary: 'Show what would be written and run, and do nothing' },
  },
  examples: [
    ['dns install --dry-run', 'what would be written and run'],
    ['dns install', 'as root; then `ssh root@web.vm` works'],
  ],
  async run(ctx, { options }) {
    const system = systemOf(ctx);
    const route = await askForRoute(ctx);
    const kind = (options.resolver as ResolverKind | undefined) ?? resolverOf(await system.facts());
    const steps = installPlan(kind, route, await system.present());
    const isAdvice = wiringFile(kind, route) === undefined;
    const dryRun = options['dry-run'];
    if (!dryRun && steps.length > 0) {
      if (ctx.uid !== 0) throw hostNotReady('change the settings of this host', [asRoot]);
      await system.take(steps, ctx.signal);
    }
    const advice = isAdvice ? adviceFor(route) : [];
    const done = steps.length === 0 ? `${kind} is told already` : `${kind} is told; \`banger dns test\` tries it`;
    const lines = dryRun ? stepLines(steps) : isAdvice ? [] : [done];
    return {
      json: { resolver: kind, changed: !dryRun && steps.length > 0, steps, advice },
      text: () => [...lines, ...advice].join('\n'),
    };
  },
});

const asRoot = { type: 'RIGHT', subject: 'root', description: 'sudo banger dns install' } as const;
