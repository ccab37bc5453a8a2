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
  },
  rest: { name: 'command', summary: 'What to run' },
  examples: [],
  run: async () => undefined,
});

const call = (...args: string[]) => judge('try', command, split(command, args));

function mistakes(...args: string[]): string[] {
  try {
    call(...args);
    return [];
  } catch (error) {
    return (error as { fields: { description: string }[] }).fields.map(({ description }) => description);
  }
}

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
  expect(call('a', '--key', 'x', '--key', 'y').options).toMatchObject({ key: 'y' });
});

test('all mistakes are found at once', () => {
  expect(mistakes('--memry', '1G', '--cpus', '0', '--init', 'upstart')).toEqual([
    'there is no option --memry; did you mean --memory?',
    'NAME is missing: the name',
    '--cpus must be at least 1, is 0',
    '--init must be system or light, is "upstart"',
    '--key is missing: the key',
  ]);
});

test.each([
  [['a', 'b', '--key', 'x'], '"b" is too much; put the command after "--"'],
  [['a', '--key'], 'no value after key'],
  [['a', '--key', 'x', '-z'], 'there is no option -z'],
])('%j: %s', (args, mistake) => {
  expect(mistakes(...args).join('\n')).toContain(mistake);
});

test('common options are seen even where the rest is wrong', () => {
  expect(split(command, ['--json', '-q', '--nonsense'])).toMatchObject({ json: true, quiet: true, help: false });
  expect(split(command, ['-h'])).toMatchObject({ help: true });
  expect(split(command, ['a', '--', '--json'])).toMatchObject({ json: false });
});
