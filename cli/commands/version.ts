import { buildId, version } from '../../lib/build.js';
import { defineCommand } from '../define-command.js';

export const command = defineCommand({
  summary: 'Print the version',
  examples: [
    ['version', 'the version and what it was built from'],
    ['--version', 'the same'],
  ],
  async run() {
    return { json: { version, buildId, node: process.version }, text: () => `banger ${version} (build ${buildId})` };
  },
});
