import { join } from 'node:path';
import { lstat, open, readdir } from '../../../lib/host/files.js';
import type { Work } from '../app/ports.js';
import { runBuildTool } from './build-tool.js';

const blockBytes = 4096;
const inodeBytes = 256;
const makeTimeoutMs = 10 * 60_000;
/** The same for every image, so that equal trees give equal filesystems. Nothing on the host ever mounts one. */
const fixedUuid = '62616e67-6572-4000-8000-000000000001';

/**
 * Makes an ext4 filesystem of a tree, without mounting it: just large enough, and without a journal, for it is only
 * ever mounted read-only. `wrapper` goes before the command.
 */
export async function makeExt4(tree: string, path: string, wrapper: readonly string[], work: Work): Promise<void> {
  work.tell({ detail: 'counting files' });
  const { blocks, inodes } = await measureTree(tree, work.signal);
  const totalBytes = fileSystemBytes(blocks, inodes);
  await makeSparse(path, totalBytes);
  work.tell({ detail: 'copying files', totalBytes });
  await runBuildTool([...wrapper, ...mke2fsArgv(tree, path, inodes)], {
    signal: work.signal,
    timeoutMs: makeTimeoutMs,
  });
}

function mke2fsArgv(tree: string, path: string, inodes: number): string[] {
  const extended = `lazy_itable_init=1,hash_seed=${fixedUuid},root_owner=0:0`;
  const features = '^has_journal,^resize_inode';
  const identity = ['-L', 'banger-base', '-U', fixedUuid];
  const shape = ['-b', `${blockBytes}`, '-N', `${withSpareInodes(inodes)}`, '-m', '0'];
  return ['mke2fs', '-q', '-F', '-t', 'ext4', '-d', tree, ...identity, ...shape, '-O', features, '-E', extended, path];
}

/** Room for the data, the table of inodes, and 5 % and 16 MiB for everything else. */
function fileSystemBytes(blocks: number, inodes: number): number {
  const bytes = (blocks * blockBytes + withSpareInodes(inodes) * inodeBytes) * 1.05 + 16 * 1024 * 1024;
  return Math.ceil(bytes / (1024 * 1024)) * 1024 * 1024;
}

function withSpareInodes(inodes: number): number {
  return inodes + 1024;
}

/** How many blocks the content of a tree takes, and how many inodes. A folder counts as one block. */
async function measureTree(folder: string, signal: AbortSignal): Promise<{ blocks: number; inodes: number }> {
  signal.throwIfAborted();
  const total = { blocks: 1, inodes: 1 };
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const part = entry.isDirectory()
      ? await measureTree(path, signal)
      : { blocks: Math.ceil((await lstat(path)).size / blockBytes), inodes: 1 };
    total.blocks += part.blocks;
    total.inodes += part.inodes;
  }
  return total;
}

async function makeSparse(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.truncate(bytes);
  } finally {
    await file.close();
  }
}
