// `npm run soak [-- --minutes N] [-- --real] [-- --json FILE]`: VMs come and go, in namespaces of its own; tells what grows.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { build as bundle } from 'esbuild';
import { inOwnNamespaces } from './lib/own-namespaces.mjs';
import { build, systemPackages } from './lib/prepare.mjs';
import { step } from './lib/steps.mjs';
import { prepareStore } from './lib/test-store.mjs';

await step('system packages', systemPackages);
await step('build', build);
const store = process.env.BANGER_TEST_STORE ?? resolve('.cache/imaged');
await step('kernel and image', (say) => prepareStore(store, say));
const outfile = '.cache/soak.mjs';
await bundle({
  entryPoints: ['test/soak/main.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  outfile,
  logLevel: 'warning',
});
process.exitCode = await inOwnNamespaces((prefix) => {
  const [program, ...args] = [...prefix, process.execPath, outfile, ...process.argv.slice(2)];
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, BANGER_TEST_STORE: store } });
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)));
});
