// Runs jest, and says what came of it.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from './steps.mjs';

/** Not in the temporary folder, of which each suite has its own. */
const reports = resolve('.cache/reports');
/** Twice what the longest takes on two busy processors: one that hangs has not ended by then. */
const suiteLimitMs = 20 * 60_000;
const program = [process.execPath, '--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];

/**
 * Runs jest with `args`, behind the words of `prefix`, and shows what it says when it has ended: one run after the other.
 * Resolves with how many tests passed and failed, and with the text of each failure. A run that fails as a whole, as by
 * what it has left behind or for want of tests, has one failure; so has one that was killed after `limitMs`.
 * @param {string} title
 * @param {{ prefix?: string[], args: string[], env?: Record<string, string>, limitMs?: number }} options
 */
export async function runJest(title, { prefix = [], args, env = {}, limitMs = suiteLimitMs }) {
  mkdirSync(reports, { recursive: true });
  const report = join(reports, `${title.replaceAll(/[^\w.]/g, '.')}.json`);
  rmSync(report, { force: true });
  const argv = [...prefix, ...program, ...args, '--json', `--outputFile=${report}`];
  // jest prints its JSON to standard output too; people read what it says on standard error.
  let said = '';
  const onStderr = (text) => {
    said += text;
  };
  const problem = await run(argv, { env, onStderr, limitMs }).then(
    () => undefined,
    (error) => error,
  );
  console.error(`\n${title}\n${said.trimEnd()}`);
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  const isWhole = problem === undefined && result.numTotalTests > 0;
  const told = failuresIn(result);
  const killed = problem?.wasKilled ? [`${title}: it had not ended after ${limitMs / 1000} s, and was killed`] : [];
  const asAWhole = [...killed, said.trimEnd() || (problem?.message ?? 'it ran no test')];
  return {
    passed: result.numPassedTests ?? 0,
    failed: isWhole ? 0 : Math.max(1, (result.numFailedTests ?? 0) + (result.numRuntimeErrorTestSuites ?? 0)),
    failures: isWhole || told.length > 0 ? [...killed, ...told] : [[title, ...asAWhole].join('\n')],
  };
}

function failuresIn({ testResults = [] }) {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0) return message ? [`${name}\n${message}`] : [];
    return failed.map(({ fullName, failureMessages }) => `${name}: ${fullName}\n${failureMessages.join('\n')}`);
  });
}
