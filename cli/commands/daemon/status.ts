import { GetStatusResponse } from '../../../gen/banger/supervisor/v1/supervisor_service.js';
import { buildId } from '../../../lib/build.js';
import type { Context } from '../../context.js';
import { findDaemon, hiddenFrom } from '../../daemon.js';
import { defineCommand, type Result } from '../../define-command.js';
import { daemonDetails } from '../../views/service.js';

export const command = defineCommand({
  summary: 'Show the daemon and its services',
  description:
    'That none runs is an answer, not an error. With --json: "running" tells, and "stale" whether it runs an older build.',
  examples: [
    ['daemon status', 'services, logs, and where names are answered'],
    ['daemon status --json', 'the same for programs'],
  ],
  async run(ctx) {
    const status = await findDaemon(ctx);
    if (status === undefined) return notRunning(ctx);
    const stale = status.buildId !== buildId;
    return {
      json: { running: true, stale, ...(GetStatusResponse.toJSON(status) as object) },
      text: (style) => daemonDetails(status, buildId, style),
    };
  },
});

function notRunning({ paths, uid }: Context): Result {
  return {
    json: { running: false, stale: false, stateDir: paths.stateDir, runDir: paths.runDir, services: [] },
    text: () => `the daemon is not running; start it with \`banger daemon start\`${hiddenFrom(uid, 'status')}`,
  };
}
