import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runCommand } from '../../../lib/host/command.js';
import { commandLine, commandProblems, type GuestCommand, pidLine, quoted } from './guest-command.js';

/** Shells read these lines: a real one does here. */

const plain: GuestCommand = { argv: ['true'], environment: {}, workingDirectory: '', user: '' };

async function run(command: Partial<GuestCommand>) {
  const line = commandLine({ ...plain, ...command });
  const { stdout, stderr, exitCode } = await runCommand(['/bin/sh', '-c', line], { okExitCodes: [0, 3, 126, 127] });
  const [first = '', ...rest] = stderr.split('\n');
  return { stdout, exitCode, pid: pidLine.exec(first)?.[1], stderr: rest.join('\n') };
}

process.env.SECRET = 'of the one who logs in';

const text = fc.string({ unit: fc.constantFrom(...`ab '"\\$\`\n\t*?~;&|<>#=-{}é日`) });

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

const asRoot = process.geteuid?.() === 0 ? test : test.skip;

asRoot('another user has a home and an environment of its own', async () => {
  const script = 'id -un; echo $HOME; pwd; echo $SECRET $A';
  const root = await run({ argv: ['sh', '-c', script], user: 'root', environment: { A: 'a' } });
  expect(root.stdout).toBe('root\n/root\n/root\na\n');
  expect(await run({ user: 'nobody-here' })).toMatchObject({ exitCode: 126, pid: undefined });
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
