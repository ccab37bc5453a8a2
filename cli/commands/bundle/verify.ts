import { verifyBundle } from '../../../lib/bundle/read.js';
import { bundleSteps } from '../../../lib/bundle/steps.js';
import { bundleHere, runtimeDirOption, showSteps } from '../../bundle.js';
import { defineCommand } from '../../define-command.js';
import { bundleJson } from '../../views/bundle.js';

export const command = defineCommand({
  summary: 'Read every file of the runtime bundle and hold it against its digest',
  description:
    'Tells all files that differ, that are missing, and that do not belong there. Asks no service. ' +
    `To come by a bundle, ${bundleSteps}.`,
  options: { 'runtime-dir': runtimeDirOption },
  examples: [
    ['bundle verify', 'ends with 0 when all files are as they were packaged'],
    ['bundle verify --runtime-dir ./runtime', 'that of another place'],
  ],
  async run(ctx, call) {
    const bundle = await bundleHere(ctx, call.options['runtime-dir']);
    const show = showSteps(ctx);
    const onBytes = (done: number, total: number) => show('check the files', done, total);
    const count = await verifyBundle(bundle, { signal: ctx.signal, onBytes });
    const verdict = count > 0 ? `all ${count} files are as they were packaged` : 'it has no digests to check';
    return { json: { ...bundleJson(bundle), verifiedFiles: count }, text: () => `${bundle.folder}: ${verdict}` };
  },
});
