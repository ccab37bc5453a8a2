// Makes a runtime bundle of what this machine builds and unpacks it into ./runtime: kernel and image if they are not there,
// an archive, and from that, by its manifest, the bundle. All of it is local. Arguments go to `banger bundle package`.
import { resolve } from 'node:path';
import { build, npmPackages } from './lib/prepare.mjs';
import { run, step } from './lib/steps.mjs';
import { withImaged } from './lib/test-store.mjs';

const archive = resolve('.cache/banger-runtime.tar.zst');
const place = ['--runtime-dir', 'runtime'];

function banger(title, argv, env) {
  return step(title, (say) => run(['bin/banger', ...argv], { env, onLine: say }).then(() => undefined));
}

try {
  await step('npm packages', npmPackages);
  await step('build', build);
  await withImaged(resolve('.cache/imaged'), async (env) => {
    await banger('kernel', ['kernel', 'build'], env);
    await banger('image', ['image', 'build', 'debian'], env);
    await banger('archive', ['bundle', 'package', '--output', archive, ...process.argv.slice(2)], env);
  });
  await banger('bundle', ['bundle', 'fetch', '--manifest', `${archive}.toml`, ...place]);
  await banger('check', ['bundle', 'verify', ...place]);
} catch (error) {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
