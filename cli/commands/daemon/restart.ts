import { GetStatusResponse } from '../../../gen/banger/supervisor/v1/supervisor_service.js';
import { findDaemon } from '../../daemon.js';
import { startNew } from '../../daemon-start.js';
import { defineCommand, type Result } from '../../define-command.js';
import { type RolledOver, rollOver } from '../../roll-over.js';

export const command = defineCommand({
  summary: 'Roll the daemon over to this build; VMs and their connections go on',
  description:
    'New processes are made ready while the old ones serve, then take their places one after the other. When one of them ' +
    'cannot start, such as for a database of a newer banger, the old ones go on. Where the unit banger.service runs the ' +
    'daemon, systemd restarts it. A daemon that does not run is started.',
  examples: [
    ['daemon restart', 'after an upgrade, or a change of the configuration'],
    ['daemon restart --json', 'with how long each service was away, in ms'],
  ],
  async run(ctx) {
    const before = await findDaemon(ctx);
    return before ? toResult(await rollOver(ctx, before)) : started(await startNew(ctx));
  },
});

function toResult(result: RolledOver): Result {
  const { before, after, gaps } = result;
  const json = {
    fromBuildId: before.buildId,
    fromPid: before.pid,
    gapsMs: Object.fromEntries(gaps.map(({ name, gapMs }) => [name, gapMs])),
    ...(GetStatusResponse.toJSON(after) as object),
  };
  return { json, text: () => rolledOver(result) };
}

function started(status: GetStatusResponse): Result {
  const text = `the daemon did not run; it is started, pid ${status.pid}, build ${status.buildId}`;
  return { json: GetStatusResponse.toJSON(status), text: () => text };
}

/** What `daemon restart` has done. */
function rolledOver({ before, after, gaps }: RolledOver): string {
  const builds = before.buildId === after.buildId ? after.buildId : `${before.buildId} -> ${after.buildId}`;
  const away = gaps.map(({ name, gapMs }) => `${name} ${gapMs} ms`).join(', ');
  return [
    `the daemon has rolled over, pid ${before.pid} -> ${after.pid}; VMs and their connections went on`,
    `build ${builds}`,
    `away: ${away}`,
  ].join('\n');
}
