import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { pathExists, readFile, writeFile } from '../../lib/host/files.js';
import { identify } from '../../lib/host/process.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { runJest } from './jest.mjs';

/** Runs of jest that go wrong as a whole; what stands before its words is in its place. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  folder = await tempFolder();
});
afterEach(() => {
  jest.restoreAllMocks();
  return folder.remove();
});

const runOf = (script: string, limitMs?: number) =>
  runJest('a run of a test', { prefix: ['sh', '-c', script, folder.path], args: [], limitMs });

test('one that does not end is killed with what it has started, and says so', async () => {
  const pids = join(folder.path, 'pids');
  const script = `echo a last word >&2; sleep 600 & echo $! >"$0/pid"; mv "$0/pid" "$0/pids"; wait`;
  const running = runOf(script, 3_000);
  await pollUntil(() => pathExists(pids), { what: 'it has started a program', timeoutMs: 60_000 });
  const pid = Number(await readFile(pids, 'utf8'));
  expect(identify(pid)).toBeDefined();
  const { passed, failed, failures } = await running;
  expect({ passed, failed }).toEqual({ passed: 0, failed: 1 });
  expect(failures).toEqual([expect.stringMatching(/it had not ended after 3 s, and was killed\na last word$/)]);
  await pollUntil(() => identify(pid) === undefined, { what: 'what it had started is gone', timeoutMs: 60_000 });
});

test('one that ends without a report has failed, with what it said', async () => {
  const { passed, failed, failures } = await runOf('echo why it cannot >&2; exit 3');
  expect({ passed, failed }).toEqual({ passed: 0, failed: 1 });
  expect(failures).toEqual(['a run of a test\nwhy it cannot']);
});

test('one whose tests pass, and that then hangs, has failed', async () => {
  const report = '.cache/reports/a.run.of.a.test.json';
  const result = { numTotalTests: 2, numPassedTests: 2, numFailedTests: 0, testResults: [] };
  await writeFile(join(folder.path, 'result'), JSON.stringify(result));
  const { passed, failed, failures } = await runOf(`cp "$0/result" ${report}; sleep 600`, 3_000);
  expect({ passed, failed }).toEqual({ passed: 2, failed: 1 });
  expect(failures).toEqual([expect.stringContaining('it had not ended after 3 s, and was killed')]);
});
