import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { type TomlPath, tomlLines } from './toml-lines.js';

const text = `# a recipe
name = "small" # its tag
packages = [
  "bash", # [ ] = "
  'two',
  """three
lines""",
  { a = 1, b = [2,
    3] },
]

a.b."c d" = '''
x = 1 ''''
last = true
[table]
key = 1
[[files]]
path = "/a"
[[files]]
path = "/b"
[files.more]
deep = "\\"["
`;

const cases: readonly (readonly [TomlPath, number])[] = [
  [['name'], 2],
  [['packages'], 3],
  [['packages', 0], 4],
  [['packages', 1], 5],
  [['packages', 2], 6],
  [['packages', 3], 8],
  [['packages', 3, 'b', 1], 9],
  [['a', 'b'], 12],
  [['a', 'b', 'c d'], 12],
  [['last'], 14],
  [['table', 'key'], 16],
  [['files'], 17],
  [['files', 0], 17],
  [['files', 0, 'path'], 18],
  [['files', 1], 19],
  [['files', 1, 'path'], 20],
  [['files', 1, 'more', 'deep'], 22],
];

test.each(cases)('%j stands in line %d', (path, line) => {
  expect(parse(text)).toBeDefined();
  expect(tomlLines(text)(path)).toBe(line);
});

test('what is not there is looked for where it should be', () => {
  const lineOf = tomlLines(text);
  expect(lineOf(['files', 1, 'source'])).toBe(19);
  expect(lineOf(['nothing'])).toBeUndefined();
});

const key = fc.stringMatching(/^[a-z]{1,8}$/);
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
const document = fc.dictionary(
  key,
  fc.oneof(leaf, fc.dictionary(key, leaf), fc.array(fc.dictionary(key, leaf, { minKeys: 1 }), { minLength: 1 })),
);

test('every key of a document is found, in the line that names it', () => {
  fc.assert(
    fc.property(document, (value) => {
      const written = stringify(value);
      const lines = written.split('\n');
      const lineOf = tomlLines(written);
      for (const path of leavesOf(value)) {
        const name = String(path.filter((part) => typeof part === 'string').at(-1));
        expect(lines[(lineOf(path) ?? 0) - 1]).toContain(`${name} =`);
      }
    }),
  );
});

test('no text is too strange for it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'[]{}="\'.,#\\\n ab') }), (strange) => {
      expect(tomlLines(strange)(['a']) ?? 1).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
});

function leavesOf(value: object, path: TomlPath = []): TomlPath[] {
  return Object.entries(value).flatMap(([name, inner]): TomlPath[] => {
    const here = [...path, Array.isArray(value) ? Number(name) : name];
    const isTables = Array.isArray(inner) && inner.every((each) => typeof each === 'object');
    if (typeof inner !== 'object' || inner === null || (Array.isArray(inner) && !isTables)) return [here];
    return leavesOf(inner, here);
  });
}
