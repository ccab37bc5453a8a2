import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { terminalSvg } from './terminal-svg.js';

const drawn = (...lines: string[]) => terminalSvg(lines, 10, 'A title').split('\n').slice(4, -3);

describe('the picture of a terminal', () => {
  test('has its text as text, in its columns', () => {
    expect(drawn('a <b> & c')).toEqual([
      '<text x="12" y="26" textLength="75.6" xml:space="preserve">a &lt;b&gt; &amp; c</text>',
    ]);
    expect(drawn('', 'a\x1b[1mb')[0]).toBe(
      '<text x="12" y="44" textLength="8.4" xml:space="preserve">a</text>' +
        '<text x="20.4" y="44" textLength="8.4" xml:space="preserve" font-weight="bold">b</text>',
    );
  });

  test('has its colours, also bright and turned round, to where they end', () => {
    const [line = '', next = ''] = drawn('\x1b[32mgo\x1b[39m \x1b[91;7mno\x1b[0m', '\x1b[2mold', 'so');
    expect(line).toContain('fill="#8cc265">go<');
    expect(line).toMatch(
      /<rect x="37.2" y="12" width="16.8" height="18" fill="#ff8b93"\/><text [^>]*fill="#16181d">no</,
    );
    expect(next).toContain('opacity="0.6">old<');
    // A style goes on in the next line, as it does in a terminal.
    expect(drawn('\x1b[2mold', 'so')[1]).toContain('opacity="0.6">so<');
  });

  test('is as large as the terminal, and says what it is', () => {
    expect(terminalSvg(['', ''], 10, 'A <title>')).toMatch(
      /viewBox="0 0 108 60"[\s\S]*<title>A &lt;title&gt;<\/title>/,
    );
  });

  test('is refused when there is something that it would draw wrongly', () => {
    expect(() => drawn('\x1b[2Jx')).toThrow(/none of SGR/);
    expect(() => drawn('\x1b[38;5;200mx')).toThrow(/no code of SGR/);
    expect(() => drawn('\x1b[5mx')).toThrow(/no code of SGR that is drawn: 5/);
  });
});

test('docs/assets/tui.svg is such a picture, of the screen that there is', () => {
  const picture = readFileSync('docs/assets/tui.svg', 'utf8');
  const [first] = terminalSvg(Array(14).fill(''), 80, '').split('\n');
  expect(picture.split('\n')[0]).toBe(first);
  for (const word of ['banger', 'VMs', 'Images', 'Services', 'running', 'NAME']) expect(picture).toContain(word);
});
