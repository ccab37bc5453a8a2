import { expect, test } from '@jest/globals';
import { Vm } from '../../gen/banger/vmm/v1/vm_service.js';
import { answerMistakes } from './answer-check.js';

const list = (...vms: unknown[]) => JSON.stringify(vms);
const web = Vm.toJSON(Vm.fromPartial({ name: 'web', spec: {}, status: {} })) as Record<string, unknown>;

test('an answer is held against what its command promises', () => {
  expect(answerMistakes(['vm', 'list', '--json'], list(web), '')).toEqual([]);
  expect(answerMistakes(['-o', 'json', 'vm', 'list'], list({ ...web, name: 3 }), '')).toEqual([
    'banger vm list/0/name must be string',
  ]);
  const { uid: _, ...without } = web;
  expect(answerMistakes(['vm', 'list', '--output=json'], list(without), '')).toEqual([
    "banger vm list/0 must have required property 'uid'",
  ]);
  expect(answerMistakes(['vm', 'list'], 'NAME', '')).toEqual([]);
});

test('each line of a log is a document', () => {
  expect(answerMistakes(['vm', 'logs', 'web', '--json'], '{"data":"a"}\n{"data":1}\n', '')).toEqual([
    'banger vm logs/data must be string',
  ]);
});

test('an error has its own form', () => {
  const error = { kind: 'invalid', reason: 'USAGE', message: 'm', metadata: {}, fields: [], preconditions: [] };
  const told = (change: object) => JSON.stringify({ error: { ...error, ...change } });
  expect(answerMistakes(['vm', 'list', '--json'], '', told({}))).toEqual([]);
  expect(answerMistakes(['nothing', '--json'], '', told({ reason: 1 }))).toEqual([
    'error of any command/error/reason must be string',
  ]);
});
