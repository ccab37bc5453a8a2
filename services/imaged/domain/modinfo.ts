/** Reader of the `.modinfo` section of a kernel module: what `modinfo` prints, without the program. */

/** Offsets in the headers of a 64-bit little-endian ELF file: elf(5). */
const header = { sectionTable: 0x28, sectionSize: 0x3a, sectionCount: 0x3c, nameTable: 0x3e } as const;
const headerBytes = 64;
const sectionBytes = 64;
const section = { name: 0x00, offset: 0x18, size: 0x20 } as const;

/** Every `key=value` of the module; a key may come more than once. Throws a RangeError when it is no module. */
export function readModinfo(module: Buffer): ReadonlyMap<string, readonly string[]> {
  if (module.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new RangeError('it is no 64-bit ELF file');
  const info = new Map<string, string[]>();
  for (const entry of findSection(module, '.modinfo').toString('latin1').split('\0')) {
    const equals = entry.indexOf('=');
    if (equals <= 0) continue;
    const key = entry.slice(0, equals);
    info.set(key, [...(info.get(key) ?? []), entry.slice(equals + 1)]);
  }
  return info;
}

/** The modules that a module needs loaded before it, under their canonical names. */
export function moduleDependencies(module: Buffer): string[] {
  const lists = readModinfo(module).get('depends') ?? [];
  return lists
    .flatMap((list) => list.split(','))
    .filter((name) => name !== '')
    .map(canonicalModuleName);
}

/** The release of the kernel that a module is for; undefined when it does not say. */
export function moduleRelease(module: Buffer): string | undefined {
  return readModinfo(module).get('vermagic')?.[0]?.split(' ')[0];
}

/** The canonical names in a `modules.builtin`: a path per line, such as "kernel/fs/ext4/ext4.ko". */
export function builtinModules(list: string): ReadonlySet<string> {
  const names = list.split('\n').map((line) => /([^/]+)\.ko$/.exec(line.trim())?.[1]);
  return new Set(names.filter((name) => name !== undefined).map(canonicalModuleName));
}

/** The kernel takes "-" and "_" in module names as the same. */
export function canonicalModuleName(name: string): string {
  return name.replaceAll('-', '_');
}

function findSection(elf: Buffer, wanted: string): Buffer {
  if (elf.length < headerBytes) throw new RangeError('it ends within its ELF header');
  const table = Number(elf.readBigUInt64LE(header.sectionTable));
  const entrySize = elf.readUInt16LE(header.sectionSize);
  const at = (index: number) => {
    const entry = elf.subarray(table + index * entrySize);
    if (entry.length < sectionBytes) throw new RangeError('its sections lie beyond its end');
    const offset = Number(entry.readBigUInt64LE(section.offset));
    const data = elf.subarray(offset, offset + Number(entry.readBigUInt64LE(section.size)));
    return { name: entry.readUInt32LE(section.name), data };
  };
  const names = at(elf.readUInt16LE(header.nameTable)).data;
  for (let index = 0; index < elf.readUInt16LE(header.sectionCount); index++) {
    const { name, data } = at(index);
    if (names.toString('latin1', name, names.indexOf(0, name)) === wanted) return data;
  }
  throw new RangeError(`it has no section ${wanted}`);
}
