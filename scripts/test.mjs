// `npm test`: installs what is missing, then lint, types, unit tests, and the suites that use the machine itself, each in
// namespaces of its own, three at a time. What failed is told again at the end; the last line is
// "N passed, N failed".
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { hostTraces } from './lib/host-traces.mjs';
import { runJest } from './lib/jest.mjs';
import { inOwnNamespaces } from './lib/own-namespaces.mjs';
import { build, npmPackages, systemPackages } from './lib/prepare.mjs';
import { run, step } from './lib/steps.mjs';
import { prepareStore } from './lib/test-store.mjs';
import { unpackPackages } from './lib/unpacked.mjs';

const counts = { passed: 0, failed: 0 };
/** What failed and why, to be found where everybody looks first: at the end. */
const failures = [];
/** What failed once and does not count. */
const notes = [];

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

/** Counts a run of jest. */
function count({ passed, failed, failures: texts }) {
  counts.passed += passed;
  counts.failed += failed;
  failures.push(...texts);
}

function suites(project) {
  const names = readdirSync(`test/${project}`).filter((name) => name.endsWith('.test.ts'));
  return names.map((name) => `test/${project}/${name}`);
}

/**
 * Those that take minutes, the longest first: begun first, so that no lane works on the last of them while the others have
 * nothing left to do. The order of all others does not matter.
 */
const longest = [
  ...['e2e/kills', 'e2e/docs-commands', 'e2e/firecracker', 'e2e/vm-life', 'host/boot', 'e2e/images', 'host/roll-over'],
  ...[
    'host/netd-restart',
    'host/netd',
    'host/coexistence',
    'host/firecracker-faults',
    'host/hypervisor',
    'host/imaged',
  ],
  ...['e2e/quickstart', 'e2e/upgrade', 'e2e/into-guests', 'host/supervisor', 'e2e/soak', 'e2e/stopped-peers'],
  ...['e2e/firecracker-roll-over', 'e2e/clients', 'e2e/tui', 'host/shells', 'host/netd-policy'],
].map((name) => `test/${name}.test.ts`);

function longestFirst(names) {
  return [...longest.filter((name) => names.includes(name)), ...names.filter((name) => !longest.includes(name))];
}

/**
 * Three suites at a time: most of a suite is waiting, for a guest that boots on one processor above all. A suite that fails
 * beside others, whose noise is of our own making, is run once more alone, and that run counts; both are told.
 */
async function runSuites(names, env) {
  const waiting = longestFirst(names);
  const runOne = (name, title = name) =>
    inOwnNamespaces(async (prefix, processorSeconds) => {
      const result = await runJest(title, { prefix, args: [name], env });
      console.error(`Processors:  ${processorSeconds()?.toFixed(1) ?? '?'} s`);
      return result;
    });
  const again = [];
  const runAll = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const result = await runOne(name);
      if (result.failed === 0) count(result);
      else again.push({ name, first: result });
    }
  };
  await Promise.all([runAll(), runAll(), runAll()]);
  for (const { name, first } of again) {
    const alone = await runOne(name, `${name} alone`);
    count(alone);
    if (alone.failed === 0) notes.push(...first.failures.map((text) => `beside other suites, but not alone: ${text}`));
  }
}

async function main() {
  await step('system packages', (say) => systemPackages(say, { forTests: true }));
  await step('unpacked packages', unpackPackages);
  await step('npm packages', npmPackages);
  await step('build', build);
  const store = resolve('.cache/imaged');
  // It waits for the network and for disks: meanwhile the processors have other work.
  const prepared = prepareStore(store, () => {}).then(
    () => undefined,
    (error) => error,
  );
  // Each keeps one processor busy for most of its time.
  await Promise.all(
    ['lint', 'types'].map((name) =>
      check(name, (say) => run(['npm', 'run', '--silent', name], { onLine: say }).then(() => undefined)),
    ),
  );
  count(await runJest('unit tests', { args: ['--selectProjects', 'unit', '--maxWorkers=100%'] }));
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
}
for (const note of notes) console.error(`\n! ${shortened(note)}`);
for (const failure of failures) console.error(`\n✗ ${shortened(failure)}`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
