import { expect, test } from '@jest/globals';
import { holderNameProblems, holderProblems, parseReference, referenceProblems } from './reference.js';

const digest = `sha256:${'0a'.repeat(32)}`;

test('a reference is a name or a digest', () => {
  expect(parseReference('debian')).toEqual({ name: 'debian' });
  expect(parseReference(digest)).toEqual({ digest });
});

test.each(['debian', '6.1.0-56-cloud-amd64', 'a', digest])('%s is right', (text) => {
  expect(referenceProblems('image', text)).toEqual([]);
});

test.each(['', 'Debian', '../etc', 'a b', '-x', 'sha256:12', `sha256:${'0A'.repeat(32)}`, 'x'.repeat(64)])(
  '%p is wrong',
  (text) => {
    expect(referenceProblems('image', text)).toEqual([{ field: 'image', description: expect.any(String) }]);
  },
);

test('holders are short plain words', () => {
  expect(holderProblems('00000000000000aa')).toEqual([]);
  for (const wrong of ['', 'a/b', 'x'.repeat(65), '.']) expect(holderProblems(wrong)).toHaveLength(1);
});

test('the name of a holder is that of a VM, or not told', () => {
  for (const right of ['', 'web', 'web-1']) expect(holderNameProblems(right)).toEqual([]);
  for (const wrong of ['Web', 'a\nb', '-']) expect(holderNameProblems(wrong)).toMatchObject([{ field: 'holder_name' }]);
});
