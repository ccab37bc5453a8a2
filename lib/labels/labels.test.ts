import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalLabels, labelLimits, labelMistakes, labelOf, labelText, readLabel } from './labels.js';
import { readSelector, type Selector, selectorText, selects } from './selector.js';

const keys = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,20}[A-Za-z0-9])?$/);
const values = fc.stringMatching(/^([A-Za-z0-9]([A-Za-z0-9._/:-]{0,20}[A-Za-z0-9])?)?$/);
const requirements: fc.Arbitrary<Selector> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('is' as const, 'is-not' as const), key: keys, value: values }),
    fc.record({ kind: fc.constantFrom('has' as const, 'lacks' as const), key: keys }),
  ),
);

describe('labels', () => {
  test('as words are read as they were written', () => {
    fc.assert(
      fc.property(keys, values, (key, value) => {
        expect(readLabel(labelText([key, value]))).toEqual({ value: [key, value] });
        expect(labelMistakes(Object.fromEntries([[key, value]]))).toEqual([]);
      }),
    );
  });

  test.each([
    ['app=ci', 'app', 'ci'],
    ['app', 'app', ''],
    ['app=', 'app', ''],
    ['example.org/tier=a:b', 'example.org/tier', 'a:b'],
  ])('%s', (word, key, value) => expect(readLabel(word)).toEqual({ value: [key, value] }));

  test.each([
    '',
    '=x',
    '-a=b',
    'a-=b',
    'a b=c',
    'a=b c',
    'a=b,c',
    'a==b',
    '!a',
    'ä=b',
    '__proto__=x',
    `${'k'.repeat(64)}`,
  ])('%j is none', (word) => expect(readLabel(word)).toHaveProperty('problem'));

  test('have all their mistakes told, and are not too many', () => {
    expect(labelMistakes({ 'a b': 'c', d: 'e f', g: '', [`${'k'.repeat(64)}`]: 'v'.repeat(64) })).toMatchObject([
      { key: 'a b' },
      { key: 'd' },
      { key: 'k'.repeat(64), description: expect.stringContaining('63') },
      { key: 'k'.repeat(64), description: expect.stringContaining('63') },
    ]);
    const many = Object.fromEntries(Array.from({ length: labelLimits.count + 1 }, (_, i) => [`k${i}`, '']));
    expect(labelMistakes(many)).toEqual([{ key: '', description: 'must be at most 64, are 65' }]);
  });

  test('have one form', () => {
    expect(JSON.stringify(canonicalLabels({ b: '1', a: '2' }))).toBe('{"a":"2","b":"1"}');
  });

  test('are not what every object has', () => expect(labelOf({}, 'constructor')).toBeUndefined());
});

describe('a selector', () => {
  test('that is written is read again, however many spaces are between', () => {
    fc.assert(
      fc.property(requirements, (selector) => {
        const text = selectorText(selector);
        expect(readSelector(text)).toEqual({ value: selector });
        expect(readSelector(text.replaceAll(',', ' , ').replaceAll(/!?=/g, ' $& '))).toEqual({ value: selector });
      }),
    );
  });

  test('is whole or refused, whatever the text', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[a-c!=, ]{0,12}$/));
    fc.assert(
      fc.property(texts, (text) => {
        const read = readSelector(text);
        if ('problems' in read) expect(read.problems.length).toBeGreaterThan(0);
        else expect(readSelector(selectorText(read.value))).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });

  test('and its contrary divide all labels', () => {
    const contrary = { is: 'is-not', 'is-not': 'is', has: 'lacks', lacks: 'has' } as const;
    const labels = fc.dictionary(fc.constantFrom('a', 'b', 'constructor'), fc.constantFrom('', '1', '2'));
    const some = fc.constantFrom('a=1', 'a!=1', 'b=', 'b!=2', 'constructor', '!constructor', 'a', '!b');
    fc.assert(
      fc.property(labels, some, (given, text) => {
        const read = readSelector(text);
        const [one] = 'value' in read ? read.value : [];
        if (one === undefined) throw new Error(`${text} was refused`);
        const other = { ...one, kind: contrary[one.kind] } as Selector[number];
        expect(selects([one], given)).not.toBe(selects([other], given));
        expect(selects([one, other], given)).toBe(false);
      }),
    );
  });

  test.each([
    ['', ['x', 'y', 'z']],
    ['app=ci', ['x']],
    ['app==ci', ['x']],
    ['app!=ci', ['y', 'z']],
    ['app', ['x', 'y']],
    ['!app', ['z']],
    ['app, tier!=a', ['y']],
    ['app=', []],
  ])('%j', (text, found) => {
    const things = { x: { app: 'ci', tier: 'a' }, y: { app: 'web' }, z: {} };
    const read = readSelector(text);
    if (!('value' in read)) throw new Error(read.problems.join());
    expect(Object.entries(things).flatMap(([name, labels]) => (selects(read.value, labels) ? [name] : []))).toEqual(
      found,
    );
  });

  test('tells all its mistakes', () => {
    expect(readSelector('a b=c,,-x,d=e f')).toMatchObject({
      problems: [/"a b=c"/, /commas/, /"-x"/, /"d=e f"/].map(expect.stringMatching),
    });
  });
});
