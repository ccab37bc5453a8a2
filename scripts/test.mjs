// `npm test`: installs what is missing, then lint, types, unit tests, and the suites that use the machine itself, each in
// network and mount namespaces of its own. Its last line is "N passed, N failed".
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { hostTraces } from './lib/host-traces.mjs';
import { ownNamespaces } from './lib/own-namespaces.mjs';
import { build, npmPackages, systemPackages } from './lib/prepare.mjs';
import { run, step } from './lib/steps.mjs';
import { prepareStore } from './lib/test-store.mjs';

const counts = { passed: 0, failed: 0 };

/** A check that passes or fails as a whole. */
async function check(title, work) {
  try {
    await step(title, work);
    counts.passed += 1;
  } catch (error) {
    console.error(error.message);
    counts.failed += 1;
  }
}

const reports = mkdtempSync(join(tmpdir(), 'banger-test-'));

/** Runs jest and adds what it counted. A run that counted nothing is a failure. */
async function jest(title, prefix, args, env = {}) {
  console.error(`\n${title}`);
  const report = join(reports, `${title.replaceAll('/', '.')}.json`);
  const program = [process.execPath, '--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const argv = [...prefix, ...program, ...args, '--json', `--outputFile=${report}`];
  // jest prints its JSON to standard output too; people read what it says on standard error.
  const went = await run(argv, { env, onLine: () => {}, showStderr: true }).then(
    () => true,
    () => false,
  );
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  const failed = (result.numFailedTests ?? 0) + (result.numRuntimeErrorTestSuites ?? 0);
  counts.passed += result.numPassedTests ?? 0;
  // Also one that failed as a whole, as by what it has left behind.
  const isFailure = !went || !result.numTotalTests;
  counts.failed += Math.max(failed, isFailure ? 1 : 0);
}

/** Each gets namespaces of its own, so that none meets what another made. */
function suites(project) {
  const names = readdirSync(`test/${project}`).filter((name) => name.endsWith('.test.ts'));
  return names.map((name) => `test/${project}/${name}`);
}

async function main() {
  await step('system packages', (say) => systemPackages(say, { forTests: true }));
  await step('npm packages', npmPackages);
  await step('build', build);
  const store = resolve('.cache/imaged');
  // It waits for the network and for disks: meanwhile the processors have other work.
  const prepared = prepareStore(store, () => {}).then(
    () => undefined,
    (error) => error,
  );
  await check('lint', (say) => run(['npm', 'run', '--silent', 'lint'], { onLine: say }).then(() => undefined));
  await check('types', (say) => run(['npm', 'run', '--silent', 'types'], { onLine: say }).then(() => undefined));
  await jest('unit tests', [], ['--selectProjects', 'unit', '--maxWorkers=100%']);
  await step('kernel and image for the tests', async () => {
    const error = await prepared;
    if (error) throw error;
  });
  const before = await hostTraces();
  const env = { BANGER_TEST_STORE: store };
  for (const suite of [...suites('host'), ...suites('e2e')]) await jest(suite, ownNamespaces, [suite], env);
  await check('nothing left behind', async () => {
    const left = (await hostTraces()).filter((trace) => !before.includes(trace));
    if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
  });
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  counts.failed += 1;
} finally {
  rmSync(reports, { recursive: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
