import type { FieldViolation } from '../../../lib/errors.js';

/**
 * What a guest does for a copy, with the tools that every image has: sh and tar. Both scripts end with 3, and one line on
 * standard error, when they cannot begin.
 */

export interface CopyTarget {
  /** Of the VM. */
  readonly name: string;
  /** Absolute, or below the user's home; empty for the home itself. */
  readonly path: string;
  readonly baseName: string;
  readonly isFolder: boolean;
}

/** An end of tar that is no failure: files changed while they were read: GNU tar's manual, "Return Status". */
export const tarOkCodes: readonly number[] = [0, 1];

/** Says where it puts what comes, then unpacks it there. A single file is made beside its place and moved into it. */
const intoScript = `
path=\${1:-.}; base=$2; kind=$3
fail() { echo "$1" >&2; exit 3; }
case $path in -*) path=./$path ;; esac
if [ -d "$path" ]; then target=\${path%/}/$base; else target=$path; fi
case $target in */) fail "there is no folder $target" ;; esac
parent=$(dirname -- "$target"); name=$(basename -- "$target")
cd -- "$parent" 2>/dev/null || fail "there is no folder $parent that can be entered"
parent=$(pwd -P)
if [ "$kind" = folder ]; then
  [ ! -e "$name" ] || [ -d "$name" ] || fail "\${parent%/}/$name is there and is no folder"
  mkdir -p -- "$name" || exit 3
  printf %s "\${parent%/}/$name"
  exec tar -x -o -f - -C "./$name"
fi
[ ! -d "$name" ] || fail "\${parent%/}/$name is a folder"
new=$(mktemp -d ./.banger-copy.XXXXXX) || exit 3
trap 'rm -rf -- "$new"' EXIT
trap 'exit 3' HUP INT TERM
printf %s "\${parent%/}/$name"
tar -x -o -f - -C "$new" && mv -f -- "$new/$base" "./$name"`;

/** Says what it is, how large, and by which name, each ended by a NUL, then packs it. */
const outOfScript = `
path=$1
fail() { echo "$1" >&2; exit 3; }
case $path in -*) path=./$path ;; esac
[ -e "$path" ] || fail "there is no $path"
kib=$(du -skL -- "$path" 2>/dev/null | cut -f1)
if [ -d "$path" ]; then
  cd -- "$path" || exit 3
  base=$(basename -- "$(pwd -P)"); [ "$base" != / ] || base=root
  printf 'folder\\0%s\\0%s\\0' "\${kib:-0}" "$base"
  exec tar -c -f - .
fi
base=$(basename -- "$path")
cd -- "$(dirname -- "$path")" || exit 3
printf 'file\\0%s\\0%s\\0' "\${kib:-0}" "$base"
exec tar -c -h -f - -- "$base"`;

/** Arguments for a guest that takes an archive from its standard input. */
export function copyInto({ path, baseName, isFolder }: CopyTarget): string[] {
  return ['/bin/sh', '-c', intoScript, 'sh', path, baseName, isFolder ? 'folder' : 'file'];
}

/** Arguments for a guest that sends an archive to its standard output. */
export function copyOutOf(path: string): string[] {
  return ['/bin/sh', '-c', outOfScript, 'sh', path];
}

export interface CopySource {
  readonly baseName: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
}

/** What a guest said before the archive, and where that begins; undefined while it has not said all. */
export function readSource(said: Buffer): { readonly source: CopySource; readonly length: number } | undefined {
  const parts = said.toString('latin1').split('\0');
  const [kind, kib, base] = parts;
  if (parts.length < 4 || kind === undefined || kib === undefined || base === undefined) return undefined;
  const baseName = Buffer.from(base, 'latin1').toString('utf8');
  return {
    source: { baseName, isFolder: kind === 'folder', sizeBytes: Number(kib) * 1024 },
    length: kind.length + kib.length + base.length + 3,
  };
}

/** What is wrong with a source; the names of the fields are those of CopyFromVmRequest. */
export function sourceProblems(name: string, path: string): FieldViolation[] {
  const problems: FieldViolation[] = [];
  if (name === '') problems.push({ field: 'name', description: 'must be given' });
  if (path === '' || path.includes('\0')) problems.push({ field: 'path', description: 'must be a path' });
  return problems;
}

/** What is wrong with a target; the names of the fields are those of CopyTarget. */
export function targetProblems({ name, path, baseName }: CopyTarget): FieldViolation[] {
  const problems: FieldViolation[] = [];
  if (name === '') problems.push({ field: 'name', description: 'must be given' });
  if (path.includes('\0')) problems.push({ field: 'path', description: 'must not contain NUL bytes' });
  if (!/^[^/\0]+$/.test(baseName) || baseName === '.' || baseName === '..')
    problems.push({ field: 'base_name', description: 'must be the name of a file or folder, without "/"' });
  return problems;
}
