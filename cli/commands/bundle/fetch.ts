import { bundleMissing, manifestInvalid } from '../../../lib/bundle/errors.js';
import { fetchBundle } from '../../../lib/bundle/fetch.js';
import { parseManifest } from '../../../lib/bundle/manifest.js';
import { bundleSteps } from '../../../lib/bundle/steps.js';
import { readTextIfExists } from '../../../lib/host/files.js';
import { isCheckout, programRoot } from '../../../lib/program.js';
import { runtimeDirOption, runtimePlace, showSteps } from '../../bundle.js';
import { defineCommand } from '../../define-command.js';
import { bundleJson } from '../../views/bundle.js';

export const command = defineCommand({
  summary: 'Fetch a runtime bundle by its manifest, check it, and put it in its place',
  description:
    'The archive is checked before it is unpacked, and takes the place of the former bundle at once or not at all. ' +
    'Ctrl-C keeps what has been downloaded, and the next fetch goes on there. Asks no service; restart vmm and imaged ' +
    `afterwards. The project publishes no bundle: ${bundleSteps}.`,
  options: {
    manifest: { type: 'text', summary: 'The file with url and sha256; runtime-bundle.toml of a checkout unless given' },
    'runtime-dir': runtimeDirOption,
  },
  examples: [
    ['bundle fetch --manifest banger-runtime.tar.zst.toml', 'what `bundle package` has made'],
    ['bundle fetch --manifest m.toml --runtime-dir /opt/banger', 'into another place'],
  ],
  async run(ctx, call) {
    const { path: runtime, source } = runtimePlace(ctx, call.options['runtime-dir']);
    if (runtime === undefined) throw bundleMissing(undefined, source);
    const manifest = await readManifest(call.options.manifest);
    const bundle = await fetchBundle(manifest, runtime, { signal: ctx.signal, onProgress: showSteps(ctx) });
    return { json: bundleJson(bundle), text: () => `the runtime bundle is in ${runtime}` };
  },
});

async function readManifest(given: string | undefined) {
  const path = given ?? (isCheckout() ? `${programRoot}/runtime-bundle.toml` : undefined);
  if (path === undefined) throw bundleMissing(undefined, 'no manifest was named');
  const text = await readTextIfExists(path);
  if (text === undefined) throw manifestInvalid(path, [{ field: path, description: 'is not there' }]);
  return parseManifest(text, path);
}
