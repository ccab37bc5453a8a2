import { buildId, version } from '../../lib/build.js';
import { type DaemonFile, readDaemonFile } from '../../lib/daemon-file.js';
import { defineCommand } from '../define-command.js';

export const command = defineCommand({
  summary: 'Print the version',
  examples: [
    ['version', 'the version and what it was built from'],
    ['--version', 'the same'],
  ],
  async run(ctx) {
    const daemon = readDaemonFile(ctx.paths);
    const stale = daemon !== undefined && daemon.buildId !== buildId;
    return {
      json: { version, buildId, node: process.version, ...(daemon && { daemonBuildId: daemon.buildId, stale }) },
      text: () => `banger ${version} (build ${buildId})${stale ? staleLine(daemon) : ''}`,
    };
  },
});

function staleLine({ version: running, buildId: build }: DaemonFile): string {
  return `\nthe daemon is stale: it is ${running} (build ${build}); run \`banger daemon restart\``;
}
