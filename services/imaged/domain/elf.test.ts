import { expect, test } from '@jest/globals';
import { isStaticProgram } from './elf.js';

/** The head of a program, with program headers of these types. */
function program(types: readonly number[]): Buffer {
  const elf = Buffer.alloc(64 + types.length * 56);
  elf.write('\x7fELF\x02\x01', 'latin1');
  elf.writeBigUInt64LE(64n, 0x20);
  elf.writeUInt16LE(56, 0x36);
  elf.writeUInt16LE(types.length, 0x38);
  for (const [i, type] of types.entries()) elf.writeUInt32LE(type, 64 + i * 56);
  return elf;
}

const load = 1;
const interpreter = 3;

test('a program that names an interpreter is not static', () => {
  expect(isStaticProgram(program([load, load]))).toBe(true);
  expect(isStaticProgram(program([load, interpreter, load]))).toBe(false);
  expect(isStaticProgram(Buffer.from('#!/bin/sh\n'))).toBe(false);
});
