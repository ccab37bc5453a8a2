// `npm test`: installs what is missing, then lint, types, unit tests, and the suites that use the machine itself, each in
// network and mount namespaces of its own, two at a time. What failed is told again at the end; the last line is
// "N passed, N failed".
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { hostTraces } from './lib/host-traces.mjs';
import { inOwnNamespaces } from './lib/own-namespaces.mjs';
import { build, npmPackages, systemPackages } from './lib/prepare.mjs';
import { run, step } from './lib/steps.mjs';
import { prepareStore } from './lib/test-store.mjs';

const counts = { passed: 0, failed: 0 };
/** What failed and why, to be found where everybody looks first: at the end. */
const failures = [];

/** A check that passes or fails as a whole. */
async function check(title, work) {
  try {
    await step(title, work);
    counts.passed += 1;
  } catch (error) {
    console.error(error.message);
    failures.push(`${title}\n${error.message}`);
    counts.failed += 1;
  }
}

/** Not in the temporary folder, of which each suite has its own. */
const reports = resolve('.cache/reports');

/** Runs jest and adds what it counted. A run that counted nothing is a failure. */
async function jest(title, prefix, args, env = {}) {
  const report = join(reports, `${title.replaceAll('/', '.')}.json`);
  const program = [process.execPath, '--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const argv = [...prefix, ...program, ...args, '--json', `--outputFile=${report}`];
  // jest prints its JSON to standard output too; people read what it says on standard error, one suite after the other.
  let said = '';
  const onStderr = (text) => {
    said += text;
  };
  const problem = await run(argv, { env, onStderr }).then(
    () => undefined,
    (error) => error,
  );
  console.error(`\n${title}\n${said.trimEnd()}`);
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  const failed = (result.numFailedTests ?? 0) + (result.numRuntimeErrorTestSuites ?? 0);
  counts.passed += result.numPassedTests ?? 0;
  // Also one that failed as a whole, as by what it has left behind.
  const isFailure = problem !== undefined || !result.numTotalTests;
  counts.failed += Math.max(failed, isFailure ? 1 : 0);
  const told = failuresIn(result);
  if (isFailure) failures.push(...(told.length > 0 ? told : [`${title}\n${problem?.message ?? 'it ran no test'}`]));
}

function failuresIn({ testResults = [] }) {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0) return message ? [`${name}\n${message}`] : [];
    return failed.map(({ fullName, failureMessages }) => `${name}: ${fullName}\n${failureMessages.join('\n')}`);
  });
}

function suites(project) {
  const names = readdirSync(`test/${project}`).filter((name) => name.endsWith('.test.ts'));
  return names.map((name) => `test/${project}/${name}`);
}

/**
 * Those that make cgroups, of which a machine has one tree: what one of them makes would be taken for what another has
 * left, so that they follow each other.
 */
const usesCgroups = /firecracker|cgroup/;

/** Two suites at a time: most of a suite is waiting for a guest, which boots on one processor. */
async function runSuites(names, env) {
  const withCgroups = names.filter((name) => usesCgroups.test(name));
  const others = names.filter((name) => !usesCgroups.test(name));
  const runAll = async (next) => {
    for (let name = next(); name !== undefined; name = next()) {
      await inOwnNamespaces((prefix) => jest(name, prefix, [name], env));
    }
  };
  await Promise.all([runAll(() => withCgroups.shift() ?? others.shift()), runAll(() => others.shift())]);
}

async function main() {
  mkdirSync(reports, { recursive: true });
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
  await runSuites([...suites('host'), ...suites('e2e')], env);
  await check('nothing left behind', async () => {
    const left = (await hostTraces()).filter((trace) => !before.includes(trace));
    if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
  });
}

/** The beginning says what was expected, and where. */
function shortened(text) {
  const lines = stripVTControlCharacters(text).split('\n').slice(0, 40);
  return lines.join('\n');
}

try {
  await main();
} catch (error) {
  failures.push(error.message);
  counts.failed += 1;
} finally {
  rmSync(reports, { recursive: true, force: true });
}
for (const failure of failures) console.error(`\n✗ ${shortened(failure)}`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
