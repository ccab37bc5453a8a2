/**
 * Judge of an uncompressed x86-64 kernel: whether a hypervisor can boot it, and by which door.
 *
 * Offsets: elf(5). The PVH note: Xen, docs/misc/pvh.pandoc; the 64-bit entry: Linux, Documentation/arch/x86/boot.rst.
 */

/** `pvh`: the entry of the Xen PVH note, which QEMU and Firecracker know; `linux64`: Linux' own, for Firecracker alone. */
export const kernelEntries = ['pvh', 'linux64'] as const;
export type KernelEntry = (typeof kernelEntries)[number];

/** Why a file cannot be booted, all at once; or by which entries it can. */
export type KernelVerdict = { readonly problems: readonly string[] } | { readonly entries: readonly KernelEntry[] };

const headerBytes = 64;
const segmentBytes = 56;
const machineX86 = 62;
const typeExecutable = 2;
const segmentType = { load: 1, note: 4 } as const;
/** XEN_ELFNOTE_PHYS32_ENTRY, by the owner "Xen". */
const pvhNote = { owner: 'Xen\0', type: 18 } as const;
/** The PVH entry is entered in 32-bit mode. */
const pvhLimit = 2 ** 32;
/** Firecracker takes no entry below the first MiB, which belongs to the platform. */
const lowestEntry = 1024 * 1024;

const machines: Readonly<Record<number, string>> = {
  3: '32-bit x86',
  8: 'MIPS',
  21: 'PowerPC',
  22: 'S/390',
  40: '32-bit ARM',
  183: '64-bit ARM',
  243: 'RISC-V',
  258: 'LoongArch',
};
const types: Readonly<Record<number, string>> = {
  1: 'a relocatable object, such as a module',
  3: 'a shared object or a position-independent program',
  4: 'a core dump',
};

/** Judges any bytes; never throws. */
export function judgeKernel(file: Buffer): KernelVerdict {
  if (file.toString('latin1', 0, 4) !== '\x7fELF') return { problems: ['it is no ELF file'] };
  if (file.length < headerBytes) return { problems: ['it ends within its ELF header'] };
  const wrongKind = kindProblems(file);
  if (wrongKind.length > 0) return { problems: wrongKind };
  const segments = readSegments(file);
  const problems = 'problem' in segments ? [segments.problem] : segmentProblems(segments, file.length);
  if ('problem' in segments || problems.length > 0) return { problems };
  const entries = findEntries(file, segments);
  return entries.length > 0 ? { entries } : { problems: ['it has neither a PVH note nor a usable 64-bit entry'] };
}

function kindProblems(file: Buffer): string[] {
  const problems: string[] = [];
  if (file[4] !== 2) problems.push('it is a 32-bit kernel');
  if (file[5] !== 1) problems.push('it is not little-endian');
  const half = (at: number) => (file[5] === 2 ? file.readUInt16BE(at) : file.readUInt16LE(at));
  const [type, machine] = [half(0x10), half(0x12)];
  if (machine !== machineX86) problems.push(`it is for ${machines[machine] ?? `machine ${machine}`}, not for x86-64`);
  if (type !== typeExecutable) problems.push(`it is ${types[type] ?? `of ELF type ${type}`}, not an executable kernel`);
  return problems;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly physical: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  readonly align: number;
}

function readSegments(file: Buffer): Segment[] | { readonly problem: string } {
  const table = Number(file.readBigUInt64LE(0x20));
  const [size, count] = [file.readUInt16LE(0x36), file.readUInt16LE(0x38)];
  if (count === 0) return { problem: 'it has no program headers' };
  if (size !== segmentBytes) return { problem: `its program headers have ${size} bytes each, not ${segmentBytes}` };
  if (table + count * size > file.length) return { problem: 'its program headers lie beyond its end' };
  return Array.from({ length: count }, (_, i) => readSegment(file.subarray(table + i * size)));
}

function readSegment(entry: Buffer): Segment {
  const wide = (at: number) => Number(entry.readBigUInt64LE(at));
  return {
    type: entry.readUInt32LE(0),
    offset: wide(0x08),
    physical: wide(0x18),
    fileBytes: wide(0x20),
    memoryBytes: wide(0x28),
    align: wide(0x30),
  };
}

function segmentProblems(segments: readonly Segment[], length: number): string[] {
  const problems: string[] = [];
  const used = segments.filter(({ type }) => type === segmentType.load || type === segmentType.note);
  if (used.some(({ offset, fileBytes }) => offset + fileBytes > length)) {
    problems.push('its segments reach beyond its end: it was cut short');
  }
  const loaded = used.filter(({ type }) => type === segmentType.load);
  if (loaded.length === 0) problems.push('it has nothing to load');
  if (loaded.some(({ fileBytes, memoryBytes }) => fileBytes > memoryBytes)) {
    problems.push('a segment is larger in the file than in memory');
  }
  return problems;
}

function findEntries(file: Buffer, segments: readonly Segment[]): KernelEntry[] {
  const isLoaded = (address: number) =>
    segments.some(
      ({ type, physical, fileBytes }) =>
        type === segmentType.load && address >= physical && address < physical + fileBytes,
    );
  const own = Number(file.readBigUInt64LE(0x18));
  const pvh = segments.flatMap((segment) => (segment.type === segmentType.note ? pvhAddresses(file, segment) : []));
  const found = {
    pvh: pvh.some((address) => address < pvhLimit && isLoaded(address)),
    linux64: own >= lowestEntry && isLoaded(own),
  };
  return kernelEntries.filter((entry) => found[entry]);
}

/** The addresses in PVH notes of a segment. A note is three 32-bit words and two fields that are filled up to the alignment. */
function pvhAddresses(file: Buffer, { offset, fileBytes, align }: Segment): number[] {
  const notes = file.subarray(offset, offset + fileBytes);
  const filled = (bytes: number) => (align === 8 ? Math.ceil(bytes / 8) * 8 : Math.ceil(bytes / 4) * 4);
  const addresses: number[] = [];
  for (let at = 0; at + 12 <= notes.length; ) {
    const [ownerBytes, valueBytes] = [notes.readUInt32LE(at), notes.readUInt32LE(at + 4)];
    const owner = at + 12;
    const value = owner + filled(ownerBytes);
    const isPvh =
      notes.readUInt32LE(at + 8) === pvhNote.type &&
      notes.toString('latin1', owner, owner + ownerBytes) === pvhNote.owner;
    if (isPvh && value + valueBytes <= notes.length) addresses.push(...addressIn(notes.subarray(value), valueBytes));
    at = value + filled(valueBytes);
  }
  return addresses;
}

function addressIn(value: Buffer, bytes: number): number[] {
  if (bytes === 8) return [Number(value.readBigUInt64LE())];
  return bytes === 4 ? [value.readUInt32LE()] : [];
}
