import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { makeVmlinux } from '../../../test/fakes/kernel-package.js';
import { findRelease, nameOfRelease, releaseIn } from './kernel-release.js';
import { referenceProblems } from './reference.js';

test('a kernel says which release it is, after the lines that only look like it', () => {
  const text = 'Linux version %s (%s) \0Linux version \0Linux version 6.9.1-1-cloud-amd64 (a@b) #1 SMP\0';
  expect(findRelease(Buffer.from(text))).toBe('6.9.1-1-cloud-amd64');
  expect(findRelease(makeVmlinux({ release: '6.12.0+' }))).toBe('6.12.0+');
  expect(findRelease(makeVmlinux({ release: '' }))).toBeUndefined();
});

test('what could be no folder of modules is no release', () => {
  for (const text of ['', '../x', '6/1', '\n6.1', '.6', `6${'1'.repeat(64)}`, 'linux']) {
    expect(releaseIn(text)).toBeUndefined();
  }
});

test('every release makes a name that a kernel can be asked for by', () => {
  const letters = [...'0123456789abcXYZ._+~-'].map((letter) => fc.constant(letter));
  const release = fc.string({ unit: fc.oneof(...letters), maxLength: 70 }).map((rest) => `6${rest}`);
  fc.assert(
    fc.property(release, (text) => {
      const found = releaseIn(text);
      if (found === undefined) expect(text.length).toBeGreaterThan(64);
      else expect(referenceProblems('kernel', nameOfRelease(found))).toEqual([]);
    }),
    { numRuns: 2000 },
  );
  expect(nameOfRelease('5.15.0-Microsoft+')).toBe('5.15.0-microsoft');
});
