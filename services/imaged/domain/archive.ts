/** A tree of files that is packed as a cpio or tar archive. Everything in it belongs to root. */

export interface ArchiveFile {
  readonly type: 'file';
  /** Without a leading slash, such as "etc/hosts". */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly content: Uint8Array;
}

export interface ArchiveFolder {
  readonly type: 'folder';
  readonly path: string;
  readonly mode: number;
}

export interface ArchiveLink {
  readonly type: 'link';
  readonly path: string;
  readonly target: string;
}

export type ArchiveEntry = ArchiveFile | ArchiveFolder | ArchiveLink;

export function file(path: string, content: string | Uint8Array, mode = 0o644): ArchiveFile {
  return { type: 'file', path, mode, content: typeof content === 'string' ? Buffer.from(content) : content };
}

export function folder(path: string, mode = 0o755): ArchiveFolder {
  return { type: 'folder', path, mode };
}

export function link(path: string, target: string): ArchiveLink {
  return { type: 'link', path, target };
}

/** The entries with the folders they need, each before what is in it, in an order that depends on the paths only. */
export function completeTree(entries: readonly ArchiveEntry[]): ArchiveEntry[] {
  const byPath = new Map<string, ArchiveEntry>();
  for (const { path } of entries) for (const parent of parents(path)) byPath.set(parent, folder(parent));
  for (const entry of entries) byPath.set(entry.path, entry);
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function parents(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** The bytes of an entry: a file's content, a link's target. */
export function contentOf(entry: ArchiveEntry): Uint8Array {
  if (entry.type === 'file') return entry.content;
  return entry.type === 'link' ? Buffer.from(entry.target) : Buffer.alloc(0);
}
