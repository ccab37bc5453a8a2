// `npm run faults`: prepares as `npm test` does, then kills every service at every step of every verb, in network and
// mount namespaces of its own, and writes what came of it to docs/faults.md.
import { resolve } from 'node:path';
import { inOwnNamespaces } from './lib/own-namespaces.mjs';
import { build, systemPackages } from './lib/prepare.mjs';
import { run, step } from './lib/steps.mjs';
import { prepareStore } from './lib/test-store.mjs';

await step('system packages', (say) => systemPackages(say, { forTests: true }));
await step('build', build);
const store = resolve('.cache/imaged');
await step('kernel and image', (say) => prepareStore(store, say));
const env = {
  BANGER_TEST_STORE: store,
  BANGER_TEST_KILLS: 'all',
  BANGER_TEST_KILLS_TABLE: resolve('docs/faults.md'),
};
const jest = [process.execPath, '--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
await inOwnNamespaces((prefix) =>
  run([...prefix, ...jest, 'test/e2e/kills.test.ts', ...process.argv.slice(2)], {
    env,
    onStderr: (text) => process.stderr.write(text),
  }),
).catch(() => {
  process.exitCode = 1;
});
