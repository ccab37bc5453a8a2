import { buildId, version } from '../../lib/build.js';
import { type DaemonFile, readDaemonFile } from '../../lib/daemon-file.js';
import { serviceNames } from '../../lib/paths.js';
import { defineCommand } from '../define-command.js';

export const command = defineCommand({
  summary: 'Print the version',
  description:
    'And that of the daemon with its services, when one runs: they are of one build, which may be another than this.',
  examples: [
    ['version', 'the version and what it was built from, here and in the daemon'],
    ['--version', 'the same'],
  ],
  async run(ctx) {
    const daemon = readDaemonFile(ctx.paths);
    const stale = daemon !== undefined && daemon.buildId !== buildId;
    const running = daemon && {
      daemonBuildId: daemon.buildId,
      daemonVersion: daemon.version,
      services: serviceNames.map((name) => ({ name, version: daemon.version, buildId: daemon.buildId })),
      stale,
    };
    return {
      json: { version, buildId, node: process.version, ...running },
      text: () => [`banger ${version} (build ${buildId})`, ...(daemon ? [daemonLine(daemon, stale)] : [])].join('\n'),
    };
  },
});

function daemonLine({ version: running, buildId: build }: DaemonFile, stale: boolean): string {
  if (stale) return `the daemon is stale: it is ${running} (build ${build}); run \`banger daemon restart\``;
  return `the daemon and its services ${serviceNames.join(', ')}: ${running} (build ${build})`;
}
