import { GetStatusResponse, ServiceState } from '../../../gen/banger/supervisor/v1/supervisor_service.js';
import type { Context } from '../../context.js';
import { findDaemon } from '../../daemon.js';
import { healthy, startDeadlineMs, startNew } from '../../daemon-start.js';
import { defineCommand } from '../../define-command.js';

export const command = defineCommand({
  summary: 'Start the daemon and its services',
  description:
    'Waits until all services are healthy. A daemon that runs already stays as it is. Where the unit banger.service is ' +
    'installed with this banger, systemd starts it.',
  examples: [['daemon start', 'as root; else sudo is asked for CAP_NET_ADMIN, for taps and routes']],
  async run(ctx) {
    const before = await findDaemon(ctx);
    const status = before ? await bringUp(ctx, before) : await startNew(ctx);
    const how = before ? 'was running already' : 'is running';
    return {
      json: GetStatusResponse.toJSON(status),
      text: () => `the daemon ${how}, pid ${status.pid}; its logs are in ${status.stateDir}/logs`,
    };
  },
});

/** A daemon that runs: services that wait for their next start get it now. */
async function bringUp(ctx: Context, status: GetStatusResponse): Promise<GetStatusResponse> {
  const supervisor = await ctx.clients.supervisor();
  for (const { name } of status.services.filter(({ state }) => state === ServiceState.BACKOFF)) {
    ctx.progress.show(`${name}: starting`);
    await supervisor.restartService({ name }, { signal: ctx.signal, deadlineMs: startDeadlineMs });
  }
  return healthy(ctx, async () => undefined);
}
