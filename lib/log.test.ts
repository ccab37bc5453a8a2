import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { inContext } from './context.js';
import { BangerError } from './errors.js';
import { createLog } from './log.js';
import { tempFolder } from './testing/temp-folder.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

function lines(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('a line is a JSON object, there as soon as it is logged, with service, pid and time', () => {
  const path = join(folder.path, 'log');
  createLog({ service: 'vmm', fd: openSync(path, 'a') })
    .child({ vm: 'web' })
    .info({ step: 'launch' }, 'started');
  expect(lines(path)).toEqual([
    expect.objectContaining({ service: 'vmm', pid: process.pid, vm: 'web', step: 'launch', msg: 'started' }),
  ]);
  expect(lines(path)[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('an error is logged with its kind, reason and cause', () => {
  const path = join(folder.path, 'log');
  const err = new BangerError('internal', 'COMMAND_FAILED', 'nft failed', { cause: new Error('no table') });
  createLog({ service: 'netd', fd: openSync(path, 'a') }).error({ err }, 'cannot apply');
  expect(lines(path)[0]?.err).toMatchObject({ kind: 'internal', reason: 'COMMAND_FAILED' });
  expect(JSON.stringify(lines(path)[0]?.err)).toContain('no table');
});

test('lines below the level are not written', () => {
  const path = join(folder.path, 'log');
  const log = createLog({ service: 'vmm', level: 'warn', fd: openSync(path, 'a') });
  log.info('quiet');
  log.warn('loud');
  expect(lines(path).map((line) => line.msg)).toEqual(['loud']);
});

test('a full disk does not end the process', () => {
  const log = createLog({ service: 'vmm', fd: openSync('/dev/full', 'w') });
  expect(() => {
    for (let i = 0; i < 3; i++) log.info('lost');
  }).not.toThrow();
});

test('what is logged for a request has its id', () => {
  const path = join(folder.path, 'log');
  const log = createLog({ service: 'netd', fd: openSync(path, 'a') });
  inContext({ requestId: 'r-1', verb: 'EnsureAttachment' }, () => log.info('of the request'));
  log.info('of none');
  expect(lines(path).map((line) => line.requestId)).toEqual(['r-1', undefined]);
});
