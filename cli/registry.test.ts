import { describe, expect, test } from '@jest/globals';
import type { Command } from './define-command.js';
import { groups, singles } from './registry.js';
import { route } from './route.js';
import { commandHelp, judge, split } from './yargs.js';

const loaders = [
  ...Object.entries(groups).flatMap(([name, { commands }]) =>
    Object.entries(commands).map(([verb, load]) => [`${name} ${verb}`, load] as const),
  ),
  ...Object.entries(singles),
];
const all: (readonly [string, Command])[] = [];
// One after the other: jest's loader of ES modules does not take several at once.
for (const [path, load] of loaders) all.push([path, (await load()).command]);

describe.each(all)('%s', (path, command) => {
  test('has a summary of one line, without a full stop', () => {
    expect(command.summary).toMatch(/^[A-Z][^\n]{5,80}[^.\n]$/);
  });

  test('has examples that its own parser takes', () => {
    expect(command.examples.length).toBeGreaterThan(0);
    for (const [line, does] of command.examples) {
      expect(does).not.toBe('');
      const found = route(line.split(' '));
      expect(found).toMatchObject({ kind: 'command', path });
      if (found.kind === 'command') expect(judge(command, split(command, found.args)).mistakes).toEqual([]);
    }
  });

  test('has help that shows its usage, options and examples', async () => {
    const help = await commandHelp(path, command, 80);
    expect(help).toContain(`Usage: banger ${path}`);
    expect(help).toContain('--json');
    for (const name of Object.keys(command.options ?? {})) expect(help).toContain(`--${name}`);
    for (const { name } of command.positionals ?? []) expect(help).toContain(name.toUpperCase());
    for (const [line] of command.examples) expect(help).toContain(`banger ${line}`);
    expect(help).not.toMatch(/\[string\]|\[boolean\]/);
  });

  test('takes several words only at the end, and required words before optional ones', () => {
    const words = command.positionals ?? [];
    expect(words.slice(0, -1).filter((word) => word.variadic)).toEqual([]);
    const firstOptional = words.findIndex((word) => word.optional);
    if (firstOptional >= 0) expect(words.slice(firstOptional).every((word) => word.optional)).toBe(true);
  });
});
