import type { FieldViolation } from '../../../lib/errors.js';

/** What an image can be imported from. */
export type ImportKind = 'layout' | 'archive' | 'registry' | 'export' | 'disk';

export type ContainerFormat = 'oci' | 'docker';

/** Where a container image is read, once it is known what is there. */
export type ContainerSource =
  | { readonly kind: 'layout'; readonly path: string; readonly tag: string }
  | {
      readonly kind: 'archive';
      readonly path: string;
      /** Empty for the only image of an archive. */
      readonly tag: string;
      readonly format: ContainerFormat;
    }
  | { readonly kind: 'registry'; readonly reference: string };

/** An archive that `image export` has written. */
export interface ExportSource {
  readonly kind: 'export';
  readonly path: string;
}

/** A disk, or a file system without partitions. */
export interface DiskSource {
  readonly kind: 'disk';
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
}

export type ImportSource = ContainerSource | ExportSource | DiskSource;

/** A source as it was asked for. What a path leads to may be told, or is found out by looking. */
export type AskedSource = ContainerSource | { readonly path: string; readonly kind?: Exclude<ImportKind, 'registry'> };

/** What is at a path, as far as it tells what it is. */
export type Seen =
  | { readonly type: 'nothing' }
  | { readonly type: 'folder'; readonly names: readonly string[] }
  | {
      readonly type: 'file';
      /** Names at the top of the tar archive that it is, also when gzip has packed it; none when it is no such archive. */
      readonly members: readonly string[];
      /** What its first bytes say that it is. */
      readonly content?: 'export' | 'qcow2' | 'raw';
    };

const registryScheme = 'docker://';
/** Schemes of container tools: what stands after the path is a tag. */
const pathSchemes = {
  'oci:': { kind: 'layout' },
  'oci-archive:': { kind: 'archive', format: 'oci' },
  'docker-archive:': { kind: 'archive', format: 'docker' },
} as const;

const tagPattern = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const repositoryPart = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*';
const hostPart = '(?:[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?';
/** A reference of the distribution API: [HOST[:PORT]/]PATH[:TAG][@DIGEST]. */
const referencePattern = new RegExp(
  `^(?:${hostPart}/)?${repositoryPart}(?:/${repositoryPart})*(?::${tagPattern})?(?:@sha256:[0-9a-f]{64})?$`,
);
const maxReferenceLength = 512;

/** What was asked for, or what is wrong with it. */
export function parseImportSource(text: string, kind?: ImportKind): AskedSource | FieldViolation {
  if (text.startsWith(registryScheme) || kind === 'registry') return parseRegistry(text, kind);
  const scheme = Object.keys(pathSchemes).find((one) => text.startsWith(one)) as keyof typeof pathSchemes | undefined;
  if (scheme === undefined) return parsePath(text, kind);
  const told = pathSchemes[scheme];
  if (kind !== undefined && kind !== told.kind) return wrong(`is no ${kind}, as "${scheme}" says`);
  const { path, tag } = splitTag(text.slice(scheme.length), told.kind === 'archive' && told.format === 'docker');
  return path.startsWith('/') ? { ...told, path, tag } : wrong(`must have an absolute path after "${scheme}"`);
}

function parseRegistry(text: string, kind: ImportKind | undefined): AskedSource | FieldViolation {
  if (kind !== undefined && kind !== 'registry') return wrong(`is no ${kind}, as "${registryScheme}" says`);
  const reference = text.startsWith(registryScheme) ? text.slice(registryScheme.length) : text;
  if (reference.length <= maxReferenceLength && referencePattern.test(reference))
    return { kind: 'registry', reference };
  return wrong('must be a reference such as "docker://registry.example/name:tag"');
}

function parsePath(text: string, kind: Exclude<ImportKind, 'registry'> | undefined): AskedSource | FieldViolation {
  if (text.startsWith('/') && !text.includes('\0')) return { path: text, ...(kind && { kind }) };
  return wrong('must be an absolute path, or start with "docker://", "oci:", "oci-archive:" or "docker-archive:"');
}

/** A docker archive is asked by whole references, which have slashes and colons of their own. */
function splitTag(rest: string, byReference: boolean): { path: string; tag: string } {
  const pattern = byReference ? /^([^:]*):(.+)$/ : new RegExp(`^(.*):(${tagPattern})$`);
  const [, path = rest, tag = ''] = pattern.exec(rest) ?? [];
  return { path, tag };
}

function wrong(description: string): FieldViolation {
  return { field: 'source', description };
}

/** What is at the path, when it is of a kind that was not ruled out. */
export function recogniseSource(
  { path, kind }: { readonly path: string; readonly kind?: ImportKind },
  seen: Seen,
): ImportSource | undefined {
  const found = recognise(path, seen);
  return kind === undefined || found?.kind === kind ? found : undefined;
}

function recognise(path: string, seen: Seen): ImportSource | undefined {
  if (seen.type === 'folder') {
    return seen.names.includes('oci-layout') ? { kind: 'layout', path, tag: '' } : undefined;
  }
  if (seen.type === 'nothing') return undefined;
  if (seen.content === 'export') return { kind: 'export', path };
  if (seen.content !== undefined) return { kind: 'disk', path, format: seen.content };
  // `docker save` of today writes both; its own list knows the names of the images.
  if (seen.members.includes('manifest.json')) return { kind: 'archive', path, tag: '', format: 'docker' };
  return seen.members.includes('index.json') ? { kind: 'archive', path, tag: '', format: 'oci' } : undefined;
}

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?\//;

/** Whether a reference leads to this host itself, where nobody needs a certificate. */
export function isLoopback(reference: string): boolean {
  return loopbackHost.test(reference);
}
