import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { runCommand } from '../../lib/host/command.js';

const make = async (...words: string[]) => (await runCommand(['make', '--silent', ...words])).stdout;
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

test('make alone, and make help, print every target', async () => {
  const phony = /^\.PHONY: (.*)$/m.exec(readFileSync('Makefile', 'utf8'))?.[1]?.split(' ') ?? [];
  const help = await make('help');
  expect(await make()).toBe(help);
  for (const target of phony) expect(help).toMatch(new RegExp(`^  make ${target} +[A-Z]`, 'm'));
});

test.each(['build', 'test', 'install', 'uninstall', 'deb'])('make %s is a script of npm', async (target) => {
  const plan = await make('--dry-run', '--assume-old=node_modules', target, 'PREFIX=/opt/x');
  const script = /^npm (?:run --silent )?([\w-]+)/m.exec(plan)?.[1] ?? '';
  expect(Object.keys(scripts)).toContain(script);
});
