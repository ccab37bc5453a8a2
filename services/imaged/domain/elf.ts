const programHeaderType = { interpreter: 3 } as const;

/** Whether a 64-bit ELF program needs no shared libraries: it names no interpreter to load them. elf(5). */
export function isStaticProgram(program: Buffer): boolean {
  if (program.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return false;
  const table = Number(program.readBigUInt64LE(0x20));
  const entrySize = program.readUInt16LE(0x36);
  const count = program.readUInt16LE(0x38);
  const types = Array.from({ length: count }, (_, i) => program.readUInt32LE(table + i * entrySize));
  return !types.includes(programHeaderType.interpreter);
}
