import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runCommand } from '../../../lib/host/command.js';
import {
  commandLine,
  commandProblems,
  type GuestCommand,
  pidLine,
  quoted,
  waitingLine,
  written,
} from './guest-command.js';

/** Shells read these lines: a real one does here, whether it is given the command or waits for it. */

const plain: GuestCommand = { argv: ['true'], environment: {}, workingDirectory: '', user: '' };

async function runLine(line: string, stdin = '') {
  const options = { stdin, okExitCodes: [0, 3, 126, 127] };
  const { stdout, stderr, exitCode } = await runCommand(['/bin/sh', '-c', line], options);
  const [first = '', ...rest] = stderr.split('\n');
  return { stdout, exitCode, pid: pidLine.exec(first)?.[1], stderr: rest.join('\n') };
}

const ways = {
  'as it is started': (command: GuestCommand, stdin = '') => runLine(commandLine(command), stdin),
  'as it waits': (command: GuestCommand, stdin = '') => runLine(waitingLine('end'), written(command, 'end') + stdin),
};

process.env.SECRET = 'of the one who logs in';

const text = fc.string({ unit: fc.constantFrom(...`ab '"\\$\`\n\t*?~;&|<>#=-{}é日`) });

const asRoot = process.geteuid?.() === 0 ? test : test.skip;

describe.each(Object.entries(ways))('%s', (_, runAsIs) => {
  const run = (command: Partial<GuestCommand>, stdin?: string) => runAsIs({ ...plain, ...command }, stdin);

  test('arguments arrive as they are, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), async (words) => {
        const { stdout } = await run({ argv: ['printf', '%s\\0', ...words] });
        expect(stdout.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 30 },
    );
  });

  test('variables arrive as they are, and a command with an equals sign is no variable', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const { stdout } = await run({ argv: ['sh', '-c', 'printf %s "$A_1"'], environment: { A_1: value, B: 'b' } });
        expect(stdout).toBe(value);
      }),
      { numRuns: 20 },
    );
    expect(await run({ argv: ['a=b'] })).toMatchObject({ exitCode: 127 });
  });

  test('it says its process, which stays the same, and passes on how it ended', async () => {
    const { stdout, pid, exitCode } = await run({ argv: ['sh', '-c', 'echo $$; exit 3'] });
    expect({ pid, exitCode }).toEqual({ pid: stdout.trim(), exitCode: 3 });
  });

  test('it leads a process group of its own', async () => {
    const { stdout, pid } = await run({ argv: ['sh', '-c', 'read -r _ _ _ _ group _ </proc/$$/stat; echo $group'] });
    expect(stdout.trim()).toBe(pid);
  });

  test('it runs where it is told to, and not at all when there is no such place', async () => {
    expect(await run({ argv: ['pwd'], workingDirectory: '/usr/share' })).toMatchObject({ stdout: '/usr/share\n' });
    expect(await run({ argv: ['pwd'], workingDirectory: '/no where' })).toMatchObject({ stdout: '', exitCode: 126 });
  });

  asRoot('another user has a home and an environment of its own', async () => {
    const script = 'id -un; echo $HOME; pwd; echo $SECRET $A';
    const root = await run({ argv: ['sh', '-c', script], user: 'root', environment: { A: 'a' } });
    expect(root.stdout).toBe('root\n/root\n/root\na\n');
    expect(await run({ user: 'nobody-here' })).toMatchObject({ exitCode: 126, pid: undefined });
  });

  test('its input is what comes behind it, to the byte', async () => {
    expect(await run({ argv: ['cat'] }, ' a\\n\nend\n\\')).toMatchObject({ stdout: ' a\\n\nend\n\\', exitCode: 0 });
  });

  test('no variable has another value than it was given', async () => {
    const environment = { n: '7', group: 'staff', where: 'x', line: 'y', user: 'z' };
    const { stdout } = await run({ argv: ['env'], environment });
    const told = Object.fromEntries(stdout.split('\n').map((line) => line.split('=')));
    expect(told).toMatchObject(environment);
    expect(Object.keys(told).filter((name) => name.startsWith('banger'))).toEqual([]);
  });
});

test('a shell that nothing is written to ends, and runs nothing', async () => {
  expect(await runLine(waitingLine('end'), "printf 'no' \n")).toEqual({
    stdout: '',
    exitCode: 0,
    pid: undefined,
    stderr: '',
  });
});

test('all mistakes are told at once', () => {
  const bad = { argv: [''], environment: { '1A': 'x', B: '\0' }, workingDirectory: 'tmp', user: 'a b' };
  const fields = commandProblems(bad, { columns: 0, rows: 24 }, 0).map(({ field }) => field);
  expect(fields).toEqual([
    'arguments',
    'environment',
    'environment',
    'working_directory',
    'user',
    'terminal',
    'timeout',
  ]);
  expect(commandProblems(plain, { columns: 80, rows: 24 }, 1000)).toEqual([]);
});

test('what no shell can take is refused before', () => {
  expect(commandProblems({ ...plain, argv: ['echo', "'".repeat(40_000)] })).toMatchObject([{ field: 'arguments' }]);
  expect(quoted("it's")).toBe(`'it'\\''s'`);
});
