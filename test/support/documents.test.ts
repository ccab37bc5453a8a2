import { describe, expect, test } from '@jest/globals';
import { bangerCommands, blocksOf, outputPattern, skippedFor } from './documents.js';

test('fenced blocks are found with their line, language and attributes', () => {
  const markdown = 'Text\n\n```sh skip=terminal\nbanger tui\n```\n\n```\nbare\n```\n';
  const [first, second, ...others] = blocksOf(markdown);
  expect(first).toEqual({ line: 3, language: 'sh', attributes: ['skip=terminal'], text: 'banger tui\n' });
  expect(second).toEqual({ line: 7, language: '', attributes: [], text: 'bare\n' });
  expect([first, second].map((block) => block && skippedFor(block))).toEqual(['terminal', undefined]);
  expect(others).toEqual([]);
});

test('the commands of banger in a script are found, without what a shell makes of them', () => {
  const script = [
    "A=1 sudo banger vm exec web -- sh -c 'df -h && uptime' | head # why",
    'tar -c . | banger run debian --rm \\',
    '  -- true && banger vm list 2>errors.txt >>list || :',
    "cat > banger.toml <<'EOF'",
    'banger = "no command"',
    'EOF',
  ];
  expect(bangerCommands(script.join('\n'))).toEqual([
    ['vm', 'exec', 'web', '--', 'sh', '-c', 'df -h && uptime'],
    ['run', 'debian', '--rm', '--', 'true'],
    ['vm', 'list'],
  ]);
});

describe('an output that is told of', () => {
  const matches = (told: string, written: string) => outputPattern(told).test(written);

  test('is held against all that was written', () => {
    expect(matches('web\n', 'web\n')).toBe(true);
    expect(matches('web\n', 'web\nmore\n')).toBe(false);
    expect(matches('web\n', 'more\nweb\n')).toBe(false);
    expect(matches('1.2\n', '1x2\n')).toBe(false);
  });

  test('has … for any text in a line, and for any lines', () => {
    expect(matches('at 10.77.0.…, as web\n', 'at 10.77.0.12, as web\n')).toBe(true);
    expect(matches('a…\nb\n', 'a\nx\nb\n')).toBe(false);
    expect(matches('a\n…\nb\n', 'a\nb\n')).toBe(true);
    expect(matches('a\n…\nb\n', 'a\nx\ny\nb\n')).toBe(true);
    expect(matches('a\n…\n', 'a\nx\n')).toBe(true);
    // As consoles write.
    expect(matches('…\n', 'a\r\nb\n')).toBe(true);
  });

  test('may have lost the space at the end of its lines', () => {
    expect(matches('a\nb\n', 'a  \nb\n')).toBe(true);
  });
});
