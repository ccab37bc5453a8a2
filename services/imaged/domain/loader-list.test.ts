import { expect, test } from '@jest/globals';
import { parseLoaderList } from './loader-list.js';

const listed = [
  '\tlinux-vdso.so.1 (0x00007f1449038000)',
  '\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f1448edc000)',
  '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1448cbe000)',
  '\t/lib64/ld-linux-x86-64.so.2 (0x00007f144903a000)',
];

test('the loader and the libraries are told apart from what the kernel supplies', () => {
  expect(parseLoaderList(`${listed.join('\n')}\n`)).toEqual({
    loader: '/lib64/ld-linux-x86-64.so.2',
    libraries: ['/lib/x86_64-linux-gnu/libz.so.1', '/lib/x86_64-linux-gnu/libc.so.6'],
  });
});

test('a library that is missing, and a program without a loader, are refused', () => {
  expect(() => parseLoaderList('\tlibz.so.1 => not found\n')).toThrow('libz.so.1');
  expect(() => parseLoaderList('\tstatically linked\n')).toThrow(RangeError);
});
