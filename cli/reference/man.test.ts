import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runCommand } from '../../lib/host/command.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { exitCodeOfKind, exitCodes } from '../errors.js';
import { type Described, describeCommands } from './describe.js';
import { manualPages } from './man.js';
import { type Page, prose, renderPage, section, tagged, text, verbatim } from './roff.js';

/** Pages as a real groff prints them. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let described: Described;
let pages: Page[];

beforeAll(async () => {
  folder = await tempFolder();
  described = await describeCommands();
  pages = manualPages(described, '1.2.3');
});
afterAll(() => folder.remove());

/** Fails at every warning. */
async function printed(page: Page): Promise<string> {
  const path = join(folder.path, `${page.name}.${page.number}`);
  writeFileSync(path, renderPage(page));
  const { stdout, stderr } = await runCommand(['groff', '-ww', '-man', '-Tutf8', '-P-c', '-rLL=500n', path]);
  expect(stderr).toBe('');
  // Bold is printed by overstriking.
  return stdout.replace(/.[\b]/gu, '');
}

function pageOf(body: readonly string[]): Page {
  return { name: 'x', number: 1, summary: 'x', version: '1', body };
}

describe('text', () => {
  const line = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .map((plain) => plain.replace(/[\p{C}\p{Z}\p{M}\s]+/gu, '_'));
  const roff = fc.constantFrom(
    '.TH x',
    "'br",
    '\\fBx',
    '.\\" x',
    '\\n[x]',
    '..',
    "''",
    '-',
    '--',
    '"a"',
    '`b`',
    '\\',
    '~^',
  );

  test('is printed as it is, wherever it stands', async () => {
    // Letters that terminals have; others groff would replace.
    const latin = (plain: string) => plain.replace(/[^\x21-\x7e\xa1-\xac\xae-\xff]/g, '_');
    const lines = [...fc.sample(roff, 20), ...fc.sample(line, 200).map(latin)];
    const out = (await printed(pageOf([section('S'), verbatim(lines)]))).split('\n').map((each) => each.trim());
    for (const each of lines) expect(out).toContain(each);
  });

  test('stays on one line, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (plain) => {
        expect(text(plain)).toMatch(/^[\x20-\x7e]*$/);
        expect(text(plain)).not.toMatch(/^[.']/);
      }),
    );
  });

  test('in backquotes is bold, and their absence changes nothing', async () => {
    expect(prose('see `a-b`.')).toBe('see \\fBa\\-b\\fR\\&.');
    expect(prose('a ` b')).toBe('a \\(ga b');
    expect(await printed(pageOf([section('S'), tagged(prose('`.x`'), prose('.y "z"'))]))).toMatch(/\.x\s+\.y "z"/);
  });
});

test('no page has a warning, and each names itself', async () => {
  for (const page of pages) {
    const out = await printed(page);
    expect(out).toContain(`${page.name} - ${page.summary}`);
    expect(out).toContain('banger 1.2.3');
  }
});

test('every command is in the page of its group, with all that its help says, and in banger(1)', async () => {
  const [top] = pages;
  const overview = await printed(top as Page);
  for (const group of described.groups) {
    const page = pages.find(({ name }) => name === `banger-${group.name}`);
    const out = await printed(page as Page);
    for (const { path, command } of group.commands) {
      expect(overview).toContain(`banger ${path}`);
      expect(out).toContain(`Usage: banger ${path}`.slice('Usage: '.length));
      expect(out).toContain(command.summary);
      for (const [name, { summary }] of Object.entries(command.options ?? {})) {
        expect(out).toContain(`--${name}`);
        expect(out).toContain(summary.replaceAll('`', ''));
      }
      for (const [example] of command.examples) expect(out).toContain(`banger ${example}`);
    }
  }
  for (const { verb } of described.singles) expect(overview).toContain(`banger ${verb}`);
});

test('banger(1) has every exit code', async () => {
  const out = await printed(pages[0] as Page);
  const status = out.slice(out.indexOf('EXIT STATUS'), out.indexOf('ENVIRONMENT'));
  for (const code of [...Object.values(exitCodes), ...Object.values(exitCodeOfKind)]) {
    expect(status).toMatch(new RegExp(`^\\s+${code}\\s+\\S`, 'm'));
  }
});
