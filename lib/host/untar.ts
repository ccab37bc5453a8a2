import { link as hardLink, mkdir, open, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BangerError, commonReasons } from '../errors.js';
import { openArchive } from './archive-stream.js';
import { removePath, syncFolder, withStorageErrors } from './files.js';
import { writeSparse } from './sparse.js';
import { readTar, type TarEntry, type TarEntryType, TarProblem } from './tar-reader.js';

/** Unpacks tar archives that may come from anybody. */

export interface UntarOptions {
  /** Headers that an archive may have; 100,000 unless given. */
  readonly maxEntries?: number;
  /** Bytes that an archive may have once it is decompressed; 64 GiB unless given. */
  readonly maxBytes?: number;
  /** Whether all is on the disk when it returns, whatever happens then. */
  readonly durable?: boolean;
  readonly signal?: AbortSignal;
  /** Hears how many bytes of the archive, decompressed, are done. */
  readonly onBytes?: (done: number) => void;
}

export interface Unpacked {
  /** Paths below the folder with what they are, without leading slashes or dots. */
  readonly paths: ReadonlyMap<string, TarEntryType>;
}

const defaultMaxEntries = 100_000;
const defaultMaxBytes = 64 * 1024 ** 3;
/** The kernel's limits: PATH_MAX and NAME_MAX of limits.h(0p), less what stands before. */
const maxPathBytes = 2048;
const maxNameBytes = 255;

/**
 * Unpacks the archive, plain or compressed by gzip or zstd, into `target`, which it makes and which must not be there.
 * Owners and times are not kept; of the permissions, only whether a file can be executed. Refused are paths and links
 * that lead out of the folder, whatever would be written through a link, devices, fifos, sparse files, one path twice,
 * names with control characters, and more than the options allow. Zeros become holes.
 *
 * Fails with ARCHIVE_REFUSED, ARCHIVE_DAMAGED, STORAGE_UNWRITABLE, or the signal's reason; then `target` is gone again.
 */
export async function untar(archive: string, target: string, options: UntarOptions = {}): Promise<Unpacked> {
  await withStorageErrors(target, () => mkdir(target, { mode: 0o755 }));
  try {
    const tree = new Tree(target, options);
    await withStorageErrors(target, () => tree.fill(archive));
    return tree;
  } catch (error) {
    await removePath(target);
    options.signal?.throwIfAborted();
    throw error instanceof TarProblem ? archiveError(archive, error) : error;
  }
}

function archiveError(path: string, { kind, message }: TarProblem): BangerError {
  const reason = kind === 'refused' ? commonReasons.ARCHIVE_REFUSED : commonReasons.ARCHIVE_DAMAGED;
  return new BangerError('invalid', reason, `cannot unpack ${path}: ${message}`, { metadata: { path, why: message } });
}

/** The folder as it fills. It starts empty and is ours alone: what it holds is what we put there. */
class Tree implements Unpacked {
  readonly paths = new Map<string, TarEntryType>();
  /** Folders that have an entry of their own, not only something in them. */
  readonly #explicit = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly options: UntarOptions,
  ) {}

  async fill(archive: string): Promise<void> {
    const { maxEntries = defaultMaxEntries, maxBytes = defaultMaxBytes, signal, onBytes } = this.options;
    let headers = 0;
    const onHeader = () => {
      headers += 1;
      if (headers > maxEntries) throw new TarProblem('refused', `it has more than ${maxEntries} entries`);
    };
    const chunks = bounded(openArchive(archive, signal), maxBytes, onBytes);
    for await (const entry of readTar(chunks, onHeader)) {
      if (entry.size > maxBytes) throw tooLarge(maxBytes);
      await this.#add(entry);
    }
    if (this.options.durable) for (const folder of this.#folders()) await syncFolder(folder);
  }

  async #add(entry: TarEntry): Promise<void> {
    const path = safePath(entry.name);
    // The folder itself, as "tar -C folder ." writes it.
    if (path === '' && entry.type === 'folder') return;
    if (path === '' || (entry.type !== 'folder' && entry.name.endsWith('/'))) {
      throw new TarProblem('refused', `${quoted(entry.name)} is no name for a ${entry.type}`);
    }
    await this.#makeParents(path);
    await this.#make(path, entry);
    this.paths.set(path, entry.type);
  }

  async #make(path: string, entry: TarEntry): Promise<void> {
    if (entry.type === 'folder') return this.#makeFolder(path);
    if (this.paths.has(path)) throw twice(path);
    const place = join(this.root, path);
    switch (entry.type) {
      case 'symlink':
        checkSymlink(path, entry.target);
        return symlink(entry.target, place);
      case 'hardlink':
        return hardLink(join(this.root, this.#linked(path, entry.target)), place);
      case 'file':
        return this.#write(place, entry);
    }
  }

  async #makeFolder(path: string): Promise<void> {
    const there = this.paths.get(path);
    if (this.#explicit.has(path) || (there !== undefined && there !== 'folder')) throw twice(path);
    this.#explicit.add(path);
    if (there === undefined) await mkdir(join(this.root, path), { mode: 0o755 });
  }

  /** Nothing is written through a link: all above a path are folders that we have made. */
  async #makeParents(path: string): Promise<void> {
    const parts = path.split('/').slice(0, -1);
    for (const [i] of parts.entries()) {
      const parent = parts.slice(0, i + 1).join('/');
      const there = this.paths.get(parent);
      if (there === 'folder') continue;
      if (there !== undefined) throw new TarProblem('refused', `${quoted(path)} lies below a ${there}`);
      await mkdir(join(this.root, parent), { mode: 0o755 });
      this.paths.set(parent, 'folder');
    }
  }

  /** The file that a hard link is another name of: one that came before. */
  #linked(path: string, target: string): string {
    const linked = safePath(target);
    const there = this.paths.get(linked);
    if (there === 'file' || there === 'hardlink') return linked;
    throw new TarProblem('refused', `${quoted(path)} is a link to ${quoted(target)}, which is no file before it`);
  }

  async #write(place: string, entry: TarEntry): Promise<void> {
    const file = await open(place, 'wx', (entry.mode & 0o111) !== 0 ? 0o755 : 0o644);
    try {
      await writeSparse(file, entry.content, this.options.signal);
      if (this.options.durable) await file.sync();
    } finally {
      await file.close();
    }
  }

  #folders(): string[] {
    const below = [...this.paths].filter(([, type]) => type === 'folder').map(([path]) => join(this.root, path));
    return [...below, this.root, dirname(this.root)];
  }
}

async function* bounded(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
  onBytes?: (done: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    onBytes?.(bytes);
    yield chunk;
  }
}

function tooLarge(maxBytes: number): TarProblem {
  return new TarProblem('refused', `it has more than ${maxBytes} bytes once it is decompressed`);
}

/** A path below the folder, without "." and doubled slashes; empty for the folder itself. Throws a TarProblem. */
function safePath(name: string): string {
  const refuse = (why: string) => new TarProblem('refused', `${quoted(name)} ${why}`);
  checkText(name);
  if (name.startsWith('/')) throw refuse('is an absolute path');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refuse('leads out of its folder');
  if (parts.some((part) => Buffer.byteLength(part) > maxNameBytes)) throw refuse('is too long a name');
  const path = parts.join('/');
  if (Buffer.byteLength(path) > maxPathBytes) throw refuse('is too long a path');
  return path;
}

/**
 * Links may go up only at their beginning, where it is plain which folder they start from: after the name of another
 * link, ".." would go up from wherever that one leads.
 */
function checkSymlink(path: string, target: string): void {
  checkText(target);
  const leadsOut = new TarProblem('refused', `${quoted(path)} is a link to ${quoted(target)}, out of its folder`);
  if (target === '' || target.startsWith('/') || Buffer.byteLength(target) > maxPathBytes) throw leadsOut;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const down = parts.findIndex((part) => part !== '..');
  const ups = down < 0 ? parts.length : down;
  if (parts.slice(ups).includes('..') || ups > path.split('/').length - 1) throw leadsOut;
}

function checkText(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  if (/[\x00-\x1f\x7f]/.test(name)) throw new TarProblem('refused', `the name ${quoted(name)} has control characters`);
}

function twice(path: string): TarProblem {
  return new TarProblem('refused', `it holds ${quoted(path)} twice`);
}

/** As people can read it, whatever it holds. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
