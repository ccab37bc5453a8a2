import { expect, test } from '@jest/globals';
import { logLine } from './log-line.js';

test('a line of a log reads as a sentence', () => {
  const entry = {
    level: 40,
    time: '2026-01-01T00:00:00.000Z',
    pid: 1,
    service: 'netd',
    vm: 'web',
    why: 'no tap',
    msg: 'lost',
  };
  expect(logLine(JSON.stringify(entry))).toBe('2026-01-01T00:00:00.000Z warn  lost vm=web why="no tap"');
});

test('the stack of an error follows, indented', () => {
  const entry = { level: 60, time: 't', msg: 'ended', err: { message: 'boom', stack: 'Error: boom\n  at f' } };
  expect(logLine(JSON.stringify(entry))).toBe('t fatal ended\n    Error: boom\n      at f');
});

test.each(['', 'plain text', '{broken'])('%j stays as it is', (line) => {
  expect(logLine(line)).toBe(line);
});
