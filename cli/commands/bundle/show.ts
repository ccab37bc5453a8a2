import { bundleSteps } from '../../../lib/bundle/steps.js';
import { bundleHere, runtimeDirOption } from '../../bundle.js';
import { defineCommand } from '../../define-command.js';
import { bundleDetails, bundleJson } from '../../views/bundle.js';

export const command = defineCommand({
  summary: 'Show what is in the runtime bundle of this host',
  description: `Reads the bundle only, and asks no service. To come by a bundle, ${bundleSteps}.`,
  options: { 'runtime-dir': runtimeDirOption },
  examples: [
    ['bundle show', 'its version, kernel, image and programs'],
    ['bundle show --json', 'the same for programs, with digests and all licences'],
    ['bundle show --runtime-dir /opt/banger', 'that of another place'],
  ],
  async run(ctx, call) {
    const bundle = await bundleHere(ctx, call.options['runtime-dir']);
    return { json: bundleJson(bundle), text: (style) => bundleDetails(bundle, style) };
  },
});
