import { Service } from '../../../gen/banger/supervisor/v1/supervisor_service.js';
import { serviceNames } from '../../../lib/paths.js';
import { defineCommand } from '../../define-command.js';

/** A service has a minute to stop and a minute to come up; longer than the supervisor waits for either. */
const restartDeadlineMs = 180_000;

export const command = defineCommand({
  summary: 'Restart services; VMs and their connections are not touched',
  positionals: [{ name: 'service', summary: `One or more of ${serviceNames.join(', ')}`, variadic: true }],
  examples: [
    ['service restart netd', 'and wait until it is healthy'],
    ['service restart netd imaged vmm dnsd', 'all, one after the other'],
  ],
  async run(ctx, call) {
    const supervisor = await ctx.clients.supervisor();
    const restarted: Service[] = [];
    for (const name of call.positionals.filter((one) => one !== undefined)) {
      ctx.progress.show(`${name}: restarting`);
      const { service } = await supervisor.restartService(
        { name },
        { signal: ctx.signal, deadlineMs: restartDeadlineMs },
      );
      if (service) restarted.push(service);
    }
    return {
      json: restarted.map((service) => Service.toJSON(service)),
      text: () => restarted.map(({ name, pid }) => `${name} is healthy, pid ${pid}`).join('\n'),
    };
  },
});
