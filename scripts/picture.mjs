// `npm run picture`: draws docs/assets/tui.svg of the real screen, with a real guest, in namespaces of its own.
import { resolve } from 'node:path';
import { build as bundle } from 'esbuild';
import { inOwnNamespaces } from './lib/own-namespaces.mjs';
import { build, systemPackages } from './lib/prepare.mjs';
import { run, step } from './lib/steps.mjs';
import { prepareStore } from './lib/test-store.mjs';

await step('system packages', (say) => systemPackages(say, { forTests: true }));
await step('build', build);
const store = process.env.BANGER_TEST_STORE ?? resolve('.cache/imaged');
await step('kernel and image', (say) => prepareStore(store, say));
const outfile = '.cache/picture.mjs';
await bundle({
  entryPoints: ['test/picture/main.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  outfile,
  logLevel: 'warning',
});
await step('picture', (onLine) =>
  inOwnNamespaces((prefix) =>
    run([...prefix, process.execPath, outfile], { onLine, env: { BANGER_TEST_STORE: store } }).then((text) =>
      text.trim(),
    ),
  ),
);
