import { open, writeFile } from '../../../lib/host/files.js';
import type { Work } from '../app/ports.js';
import { runBuildTool } from './build-tool.js';
import { newestOf } from './tree-times.js';

const blockBytes = 4096;
const inodeBytes = 256;
const mebibyte = 1024 * 1024;
const makeTimeoutMs = 10 * 60_000;
/** The same for every image, so that equal trees give equal filesystems. Nothing on the host ever mounts one. */
const fixedUuid = '62616e67-6572-4000-8000-000000000001';
/** The inode of the root folder, and the first that is not the filesystem's own. */
const rootInode = 2;
const firstInode = 11;

/**
 * Makes an ext4 filesystem of a tree, without mounting it: just large enough, or of `leastMib`, and without a journal,
 * for it is only ever mounted read-only. Equal trees, times included, give equal bytes. `wrapper` goes before commands.
 */
export async function makeExt4(
  tree: string,
  path: string,
  wrapper: readonly string[],
  work: Work,
  leastMib = 0,
): Promise<void> {
  const options = { signal: work.signal, timeoutMs: makeTimeoutMs };
  work.tell({ detail: 'counting files' });
  const { blocks, inodes, newest } = await measureTree(tree, wrapper, work.signal);
  const totalBytes = Math.max(fileSystemBytes(blocks, inodes), leastMib * mebibyte);
  await makeSparse(path, totalBytes);
  work.tell({ detail: 'copying files', totalBytes });
  await runBuildTool([...wrapper, ...mke2fsArgv(tree, path, inodes)], {
    ...options,
    programName: 'mke2fs',
    env: { E2FSPROGS_FAKE_TIME: `${newest}` },
  });
  work.tell({ detail: 'levelling times' });
  await levelInodeTimes(path, inodes, newest, work.signal);
}

/**
 * mke2fs takes over when an inode was last changed and read, which is when the tree was made and by what it was read.
 * A number beyond the last inode in use does no harm: nothing has that inode's place.
 */
async function levelInodeTimes(path: string, inodes: number, seconds: number, signal: AbortSignal): Promise<void> {
  const numbers = [rootInode, ...Array.from({ length: inodes }, (_, i) => firstInode + i)];
  const fields = ['atime', 'ctime', 'crtime'];
  const lines = numbers.flatMap((number) =>
    fields.map((field) => `set_inode_field <${number}> ${field} @${seconds}\n`),
  );
  const script = `${path}.times`;
  await writeFile(script, lines.join(''));
  await runBuildTool(['debugfs', '-w', '-f', script, path], {
    signal,
    timeoutMs: makeTimeoutMs,
    env: { E2FSPROGS_FAKE_TIME: `${seconds}` },
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
  const bytes = (blocks * blockBytes + withSpareInodes(inodes) * inodeBytes) * 1.05 + 16 * mebibyte;
  return Math.ceil(bytes / mebibyte) * mebibyte;
}

function withSpareInodes(inodes: number): number {
  return inodes + 1024;
}

/** How many blocks the content of a tree takes, how many inodes, and its newest time. A folder counts as one block. */
async function measureTree(
  tree: string,
  wrapper: readonly string[],
  signal: AbortSignal,
): Promise<{ blocks: number; inodes: number; newest: number }> {
  const argv = [...wrapper, 'find', tree, '-printf', '%y %s %T@\n'];
  const { stdout } = await runBuildTool(argv, { programName: 'find', signal, timeoutMs: makeTimeoutMs });
  const entries = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
  const blocks = entries.map(([type, size]) => (type === 'd' ? 1 : Math.ceil(Number(size) / blockBytes)));
  return {
    blocks: blocks.reduce((sum, count) => sum + count, 0),
    inodes: entries.length,
    newest: newestOf(entries.map(([, , time]) => time ?? '')),
  };
}

async function makeSparse(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.truncate(bytes);
  } finally {
    await file.close();
  }
}
