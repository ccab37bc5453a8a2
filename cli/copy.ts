import { basename, dirname, join, resolve } from 'node:path';
import type { CopySource, CopyToVmRequest } from '../gen/banger/vmm/v1/vm_service.js';
import { ensureFolder, mkdtemp, readdir, removePath, rename, stat } from '../lib/host/files.js';
import { packTree, unpackTree } from '../lib/host/tar-program.js';
import type { Context } from './context.js';
import type { Place } from './copy-place.js';
import { usageError } from './errors.js';
import { bytes } from './render/format.js';

const help = 'banger vm cp --help';

/** What is copied: what it is called, and all of it as a tar archive. */
interface Source extends CopySource {
  readonly archive: AsyncIterable<Uint8Array>;
}

/** Copies a file or a tree between here and VMs; returns where it is now. */
export async function copy(ctx: Context, from: Place, to: Place): Promise<string> {
  const source = from.kind === 'here' ? await sourceHere(ctx, from.path) : await sourceInVm(ctx, from.name, from.path);
  const archive = shown(ctx, source);
  if (to.kind === 'vm') return `${to.name}:${await copyIntoVm(ctx, to.name, to.path, { ...source, archive })}`;
  return copyHere(to.path, { ...source, archive });
}

async function sourceHere(ctx: Context, path: string): Promise<Source> {
  const found = await stat(path).catch((error: Error) => {
    throw usageError([{ field: 'SOURCE', description: `cannot be read: ${error.message}` }], help);
  });
  const isFolder = found.isDirectory();
  // Its own name, whatever it is called by: "." is none.
  const baseName = basename(resolve(path)) || 'root';
  return { baseName, isFolder, sizeBytes: found.size, archive: packTree(resolve(path), isFolder, ctx.signal) };
}

async function sourceInVm(ctx: Context, name: string, path: string): Promise<Source> {
  const vmm = await ctx.clients.vmm();
  const pieces = vmm.copyFromVm({ name, path }, { signal: ctx.signal })[Symbol.asyncIterator]();
  const { value } = await pieces.next();
  if (value?.event?.$case !== 'source') throw new TypeError('vmm has not said what it copies');
  async function* archive() {
    for (;;) {
      const { done, value: next } = await pieces.next();
      if (done) return;
      if (next.event?.$case === 'archive') yield next.event.value;
    }
  }
  return { ...value.event.value, archive: archive() };
}

async function copyIntoVm(ctx: Context, name: string, path: string, source: Source): Promise<string> {
  const { baseName, isFolder, archive } = source;
  const vmm = await ctx.clients.vmm();
  async function* requests(): AsyncIterable<CopyToVmRequest> {
    yield { request: { $case: 'target', value: { name, path, baseName, isFolder } } };
    for await (const piece of archive) yield { request: { $case: 'archive', value: Buffer.from(piece) } };
  }
  for await (const { event } of vmm.copyToVm(requests(), { signal: ctx.signal }))
    if (event?.$case === 'done') return event.value.path;
  throw new TypeError('vmm has not said where the copy is');
}

/** As cp(1) names things: in a folder that is there by its own name, otherwise by the new one. */
async function copyHere(path: string, { baseName, isFolder, archive }: Source): Promise<string> {
  const isThere = await isFolderHere(path);
  if (!isThere && path.endsWith('/')) throw noFolder(path);
  const target = resolve(isThere ? join(path, baseName) : path);
  if (!(await isFolderHere(dirname(target)))) throw noFolder(dirname(target));
  if (isFolder) {
    await ensureFolder(target, 0o755);
    await unpackTree(target, archive);
  } else await replaceFile(target, archive);
  return target;
}

/** A single file is there whole or not at all. */
async function replaceFile(target: string, archive: AsyncIterable<Uint8Array>): Promise<void> {
  if (await isFolderHere(target))
    throw usageError([{ field: 'DESTINATION', description: `cannot be ${target}, which is a folder` }], help);
  const folder = await mkdtemp(join(dirname(target), '.banger-copy-'));
  try {
    await unpackTree(folder, archive);
    const [name = ''] = await readdir(folder);
    await rename(join(folder, name), target);
  } finally {
    await removePath(folder);
  }
}

async function isFolderHere(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function noFolder(path: string) {
  return usageError([{ field: 'DESTINATION', description: `cannot be below ${path}: there is no such folder` }], help);
}

/** Shows how much went through. */
async function* shown(ctx: Context, { baseName, archive, isFolder, sizeBytes }: Source): AsyncIterable<Uint8Array> {
  // How large a folder here is, nobody has counted.
  const all = isFolder && sizeBytes < 64 * 1024 ? '' : ` of ${bytes(sizeBytes)}`;
  let sent = 0;
  for await (const piece of archive) {
    sent += piece.length;
    if (ctx.liveProgress) ctx.progress.show(`${baseName}: ${bytes(sent)}${all}`);
    yield piece;
  }
}
