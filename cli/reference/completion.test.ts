import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../lib/host/command.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { defineCommand } from '../define-command.js';
import { bashCompletion } from './bash.js';
import { type Described, describeCommands } from './describe.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

/** What real shells offer. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let described: Described;
let script: string;

beforeAll(async () => {
  folder = await tempFolder();
  described = await describeCommands();
  script = join(folder.path, 'banger.bash');
  writeFileSync(script, bashCompletion(described));
  const stub =
    '#!/bin/sh\ncase "$*" in\n"internal names vm") printf "web\\ndb\\n" ;;\n' +
    '"internal names label") printf "app=ci\\napp=shop\\ntier=db\\n" ;;\n"internal names trash") echo old ;;\n' +
    '*) echo "error: $*" >&2; exit 8 ;;\nesac\n';
  writeFileSync(join(folder.path, 'banger'), stub);
  chmodSync(join(folder.path, 'banger'), 0o755);
});
afterAll(() => folder.remove());

/** Completes the last word, as bash's own code would call it. */
async function complete(...words: string[]): Promise<string[]> {
  const program = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _banger; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const path = `${folder.path}:${process.env.PATH}`;
  const { stdout, stderr } = await runCommand(['bash', '-c', program, 'bash', script, 'banger', ...words], {
    env: { PATH: path },
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

const cases: [words: string[], offered: string[]][] = [
  [
    ['vm', 'st'],
    ['start', 'stop', 'stats'],
  ],
  [['--json', 'vm', 'li'], ['list']],
  [['ver'], ['verify', 'version']],
  [['inter'], []],
  [['vm', 'create', '--hyp'], ['--hypervisor']],
  [['vm', 'create', '--hypervisor', 'f'], ['firecracker']],
  [['vm', 'create', '--hypervisor', '=', 'f'], ['firecracker']],
  [
    ['vm', 'create', '--hypervisor', '='],
    ['any', 'firecracker', 'qemu'],
  ],
  [['vm', 'create', '--memory', ''], []],
  [['vm', 'create', 'w'], []],
  [
    ['vm', 'stop', ''],
    ['web', 'db'],
  ],
  [['vm', 'stop', 'web', 'd'], ['db']],
  [['vm', 'ssh', 'w'], ['web']],
  [['vm', 'restore', ''], ['old']],
  [
    ['vm', 'list', '-l', 'a'],
    ['app=ci', 'app=shop'],
  ],
  [
    ['vm', 'stop', '-l', 'app', '=', ''],
    ['ci', 'shop'],
  ],
  [
    ['vm', 'stop', '-l', 'app', '='],
    ['ci', 'shop'],
  ],
  [['vm', 'create', '--label', '=', 'app', '=', 's'], ['shop']],
  [['vm', 'list', '-o', 'w'], ['wide']],
  [['vm', 'wait', '--for', 'p'], ['paused']],
  // Nothing to say, and no error in the middle of a line, when the daemon is away.
  [['image', 'delete', ''], []],
  [['service', 'logs', '-f', 'vm'], ['vmm']],
  [['doctor', '--q'], ['--quiet']],
];

test.each(cases)('bash: %j', async (words, offered) => {
  expect(await complete(...words)).toEqual(offered);
});

test('bash: every command and option is offered', async () => {
  for (const { name, commands } of described.groups) {
    expect(await complete(name, '')).toEqual(commands.map(({ verb }) => verb));
  }
  const { command } =
    described.groups.flatMap(({ commands }) => commands).find(({ path }) => path === 'vm create') ?? {};
  const options = [...Object.keys(command?.options ?? {}), 'output', 'json', 'quiet', 'help'].map(
    (name) => `--${name}`,
  );
  expect(await complete('vm', 'create', '--')).toEqual(options);
});

describe('texts that mean something to a shell', () => {
  const nasty = `It's [a] "b:c" $(touch x) \`d\` \\e (f)`;
  const options = { level: { type: 'text', summary: nasty, choices: ["a'b", 'c'] } } as const;
  const command = defineCommand({ summary: nasty, options, examples: [], run: async () => undefined });
  const made: Described = { groups: [], singles: [{ path: 'nasty', verb: 'nasty', command }] };

  test('are words to bash', async () => {
    const path = join(folder.path, 'nasty.bash');
    writeFileSync(path, bashCompletion(made));
    await runCommand(['bash', '-n', path]);
  });

  test('are quoted for zsh, and kept from its own completion code', () => {
    expect(zshCompletion(made)).toContain(String.raw`--level=[It'\''s \[a\] "b\:c" $\(touch x\) `);
  });

  test('are quoted for fish', () => {
    expect(fishCompletion(made)).toContain(String.raw`-d 'It\'s [a] "b:c" $(touch x) `);
  });
});

const shared: [line: string, offered: string[]][] = [
  ['vm st', ['start', 'stats', 'stop']],
  ['--json vm li', ['list']],
  ['vm create --hypervisor f', ['firecracker']],
  ['vm stop ', ['db', 'web']],
  ['vm restore ', ['old']],
  ['vm stop -l app=s', ['app=shop']],
  ['image delete ', []],
];

/** With the stub in place of banger, and nothing of this user's settings. */
async function offeredBy(...argv: string[]): Promise<string[]> {
  const env = { PATH: `${folder.path}:${process.env.PATH}`, HOME: folder.path, TERM: 'dumb' };
  const { stdout } = await runCommand(argv, { env, timeoutMs: 120_000 });
  const lines = stdout.split('\n').map((line) => line.replace(/\t.*/, ''));
  return lines.filter((line) => line !== '').sort();
}

test.each(shared)('zsh: banger %s', async (line, offered) => {
  const functions = join(folder.path, 'zsh');
  mkdirSync(functions, { recursive: true });
  writeFileSync(join(functions, '_banger'), zshCompletion(described));
  expect(await offeredBy('zsh', '-f', 'test/support/zsh-offers.zsh', functions, `banger ${line}`)).toEqual(offered);
});

test.each(shared)('fish: banger %s', async (line, offered) => {
  const path = join(folder.path, 'banger.fish');
  writeFileSync(path, fishCompletion(described));
  const script = `source ${path}; complete -C $argv[1]`;
  expect(await offeredBy('fish', '--no-config', '-c', script, `banger ${line}`)).toEqual(offered);
});

test('zsh and fish know every command', () => {
  const [zsh, fish] = [zshCompletion(described), fishCompletion(described)];
  for (const { name, commands } of described.groups) {
    for (const { verb, command } of commands) {
      expect(zsh).toContain(`'${verb}:`);
      expect(fish).toContain(`complete -c banger -n '__banger_at ${name}' -a ${verb} `);
      for (const option of Object.keys(command.options ?? {})) {
        expect(zsh).toContain(`--${option}`);
        expect(fish).toContain(`'__banger_in ${name} ${verb}' -l ${option} `);
      }
    }
  }
});
