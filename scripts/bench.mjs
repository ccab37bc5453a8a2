// `npm run bench [-- --json FILE]`: prepares as `npm test` does, then measures in network and mount namespaces of its own.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { build as bundle } from 'esbuild';
import { benchImages } from './lib/bench-images.mjs';
import { inOwnNamespaces } from './lib/own-namespaces.mjs';
import { build, systemPackages } from './lib/prepare.mjs';
import { step } from './lib/steps.mjs';
import { prepareStore } from './lib/test-store.mjs';

await step('system packages', systemPackages);
await step('build', build);
const store = resolve('.cache/imaged');
await step('kernel and image', (say) => prepareStore(store, say));
const images = resolve('.cache/bench-images.json');
await step('image builds', (say) => benchImages(images, say));
const outfile = '.cache/bench.mjs';
await bundle({
  entryPoints: ['test/bench/main.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  outfile,
  logLevel: 'warning',
});
process.exitCode = await inOwnNamespaces((prefix) => {
  const [program, ...args] = [...prefix, process.execPath, outfile, ...process.argv.slice(2)];
  const env = { ...process.env, BANGER_TEST_STORE: store, BANGER_BENCH_IMAGES: images };
  const child = spawn(program, args, { stdio: 'inherit', env });
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)));
});
