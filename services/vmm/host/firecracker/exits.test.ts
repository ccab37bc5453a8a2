import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { endFromExit, exitCodeFromLog, exitReason } from './exits.js';

interface Recorded {
  readonly scenario: string;
  readonly exit?: number;
  readonly output?: string;
  readonly stderr?: string;
}

const { cases } = JSON.parse(readFileSync('test/stand-in/firecracker-recorded.json', 'utf8')) as { cases: Recorded[] };
const logged = cases.filter(({ output, stderr }) => (output ?? stderr) !== undefined);

test('the log tells the exit codes that were recorded', () => {
  expect(logged.length).toBeGreaterThan(7);
  for (const { exit = 0, output, stderr } of logged) {
    // A process that aborts itself was recorded with the signal's number.
    expect(exitCodeFromLog(output ?? stderr ?? '')).toBe(exit < 0 ? 128 - exit : exit);
  }
});

test.each([
  ['2026-11-23T09:16:07 [a:main:ERROR] Shutting down VM after intercepting signal 7, code 128.\n', 149],
  ['2026-11-23T09:16:07 [a:fc_vcpu 0:ERROR] Shutting down VM after intercepting a bad syscall (41).\n', 148],
  ['2026-11-23T09:16:07 [a:main:ERROR] Shutting down VM after intercepting signal 11, code 1.\n', 150],
  ['[a:main] Firecracker exiting successfully. exit_code=0\n[b:main] Firecracker exiting with error. exit_code=1\n', 1],
  ['[a:main] Firecracker panicked at src/main.rs:1:1:\nwhy\n[b:main] exiting successfully. exit_code=0\n', 0],
  ['[a:main] Running Firecracker v1.16.1\n', undefined],
  ['', undefined],
])('%j tells %s', (text, code) => {
  expect(exitCodeFromLog(text)).toBe(code);
});

test.each([0, 1, 2, 134, 148, 149, 150, 151, 152, 153, 154, 156, 157])('exit code %i is explained', (code) => {
  expect(exitReason({ code })).toMatch(new RegExp(`^\\S.{10,} \\(exit code ${code}\\)$`));
});

test.each([
  [{ code: 155 }, 'it ended with exit code 155'],
  [{ code: 0, signal: null }, 'its guest reset itself (exit code 0)'],
  [{ code: null, signal: 'SIGABRT' as const }, 'Firecracker panicked, which is a bug in it (exit code 134)'],
  [{ code: null, signal: 'SIGKILL' as const }, 'it was killed, perhaps for lack of memory'],
  [
    { code: null, signal: 'SIGTERM' as const },
    'somebody ended it with SIGTERM, which gives its guest no time to shut down',
  ],
  [{ code: null, signal: 'SIGTRAP' as const }, 'a signal ended it (SIGTRAP)'],
  [{}, 'it vanished without a word; it was killed, perhaps for lack of memory'],
])('%j is explained', (exit, reason) => {
  expect(exitReason(exit)).toBe(reason);
});

test.each([
  [{ code: 0 }, { cause: 'rebooted' }],
  [{ code: 148 }, { cause: 'crashed', detail: exitReason({ code: 148 }) }],
  [
    { code: null, signal: 'SIGKILL' },
    { cause: 'crashed', detail: exitReason({ signal: 'SIGKILL' }) },
  ],
  [{}, undefined],
  [{ code: undefined }, undefined],
] as const)('%j: %j', (exit, end) => {
  expect(endFromExit(exit)).toEqual(end);
});
