import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runCommand } from '../../lib/host/command.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { includes, mark, withInclude, withoutInclude } from './include.js';

const file = '/var/lib/banger/vmm/ssh/config';
const line = `Include "${file}"`;

test('the line goes before all else, and a file that was not there holds nothing else', () => {
  expect(withInclude('Host *\n  User me\n', file)).toBe(`${mark}\n${line}\n\nHost *\n  User me\n`);
  expect(withInclude(undefined, file)).toBe(`${mark}\n${line}\n`);
});

/** Lines as people have them, ours among them in any place. */
const anyLine = fc.oneof(
  fc.constantFrom('', 'Host *', '  User me', 'Match all', line, `  include = ${file}`, 'Include other', '\r', '# x'),
  fc.string({ maxLength: 12 }),
);
const text = fc.array(anyLine, { maxLength: 8 }).map((lines) => lines.join('\n'));

test('what is put in is taken back exactly, and a repeat changes nothing', () => {
  fc.assert(
    fc.property(fc.option(text, { nil: undefined }), (before) => {
      const after = withInclude(before, file);
      expect(includes(after, file)).toBe(true);
      expect(withInclude(after, file)).toBe(after);
      if (after === before) return;
      expect(withoutInclude(after)).toBe(before);
      expect(withoutInclude(before ?? '')).toBe(before ?? '');
    }),
  );
});

test('what the user writes around it stays', () => {
  const after = withInclude('Host a\n', file);
  expect(withoutInclude(`User me\n${after}Host b\n`)).toBe('User me\n\nHost a\nHost b\n');
  expect(withoutInclude(`${withInclude(undefined, file)}Host b\n`)).toBe('Host b\n');
  expect(withoutInclude(`${mark}\nHost b\n`)).toBe('Host b\n');
});

test("a line in a Host's part is for that host alone: ours goes to the top", () => {
  const inHost = `Host a\n${line}\n`;
  expect(withInclude(inHost, file)).toBe(`${mark}\n${line}\n\n${inHost}`);
  const moved = `Host a\n${mark}\n${line}\n`;
  expect(withInclude(moved, file)).toBe(`${mark}\n${line}\n\nHost a\n`);
});

test('another place of the state replaces the line, and a line of the user counts as ours', () => {
  const old = withInclude('Host a\n', '/old/config');
  expect(withInclude(old, file)).toBe(`${mark}\n${line}\n\nHost a\n`);
  const own = `User me\ninclude other ${file}\nHost a\n`;
  expect(withInclude(own, file)).toBe(own);
});

test('ssh reads the very file, whatever its name', async () => {
  const folder = await tempFolder();
  try {
    for (const name of ['plain', 'a b', `it's`, 'a"b', 'a\\b', 'a*b', '[x]', 'a?b', '%h', '#x']) {
      const [included, user] = [join(folder.path, name, 'config'), join(folder.path, `${name}.user`)];
      mkdirSync(join(folder.path, name));
      writeFileSync(included, 'Host web.vm\n  Port 2233\n');
      writeFileSync(user, withInclude('Host *\n  Port 1\n', included), { mode: 0o600 });
      const { stdout } = await runCommand(['ssh', '-G', '-F', user, 'web.vm']);
      expect({ name, port: /^port (\d+)$/m.exec(stdout)?.[1] }).toEqual({ name, port: '2233' });
    }
  } finally {
    await folder.remove();
  }
});
