import { expect, test } from '@jest/globals';
import { type Command, defineCommand } from './define-command.js';
import { judge, split } from './yargs.js';

const command: Command = defineCommand({
  summary: 'Try things out',
  positionals: [{ name: 'name', summary: 'The name' }],
  options: {
    memory: { type: 'size', summary: 'Memory' },
    cpus: { type: 'count', summary: 'Processors' },
    init: { type: 'text', summary: 'Init', choices: ['system', 'light'] },
    key: { type: 'text', summary: 'The key', required: true },
    'no-wait': { type: 'flag', summary: 'Do not wait' },
    follow: { type: 'flag', alias: 'f', summary: 'Follow' },
    label: { type: 'list', summary: 'Labels' },
  },
  rest: { name: 'command', summary: 'What to run' },
  examples: [],
  run: async () => undefined,
});

const judged = (...args: string[]) => judge(command, split(command, args));
const call = (...args: string[]) => judged(...args).call;
const mistakes = (...args: string[]) => judged(...args).mistakes.map((m) => `${m.field}: ${m.description}`);

test('words, options and the rest come out typed', () => {
  expect(
    call('007', '--memory=2G', '--cpus', '4', '--key', '1e3', '--no-wait', '-f', '--', 'ls', '-la', '--json'),
  ).toEqual({
    positionals: ['007'],
    options: { memory: 2048, cpus: 4, init: undefined, key: '1e3', 'no-wait': true, follow: true },
    rest: ['ls', '-la', '--json'],
  });
});

test('the last of an option that is given twice counts', () => {
  expect(call('a', '--key', 'x', '--key', 'y', '-f', '-f').options).toMatchObject({ key: 'y', follow: true });
});

test('a list is what all of its options say', () => {
  expect(call('a', '--key', 'x', '--label', 'b,c', '--label', 'd').options).toMatchObject({ label: ['b', 'c', 'd'] });
});

test('all mistakes are found at once', () => {
  expect(mistakes('--memry', '1G', '--cpus', '0', '--init', 'upstart')).toEqual([
    ': there is no option --memry; did you mean --memory?',
    ': NAME is missing: the name',
    '--cpus: must be at least 1, is 0',
    '--init: must be system or light, is "upstart"',
    ': --key is missing: the key',
  ]);
});

test('beside mistakes, the values that can be read come out', () => {
  const { options, positionals } = call('a', '--cpus', '0', '--init', 'upstart', '--memory', '2G');
  expect(options).toEqual({ memory: 2048, 'no-wait': false, follow: false });
  expect(positionals).toEqual(['a']);
});

test.each([
  [['a', 'b', '--key', 'x'], '"b" is too much; put the command after "--"'],
  [['a', '--key'], '--key: needs a value after it'],
  [['a', '--key', 'x', '-z'], 'there is no option -z'],
])('%j: %s', (args, mistake) => {
  expect(mistakes(...args).join('\n')).toContain(mistake);
});

test('common options are seen even where the rest is wrong', () => {
  expect(split(command, ['--json', '-q', '--nonsense'])).toMatchObject({ output: 'json', quiet: true, help: false });
  expect(split(command, ['-h'])).toMatchObject({ help: true });
  expect(split(command, ['a', '--', '--json'])).toMatchObject({ output: 'table' });
});
