import { open } from '../../../lib/host/files.js';
import type { LayerFiles, Work } from '../app/ports.js';
import { layerUnusable } from '../domain/errors.js';
import { runBuildTool } from './build-tool.js';

const copyTimeoutMs = 60 * 60_000;
/** s_magic of the superblock, which begins at 1024: Linux, Documentation/filesystems/ext4/super.rst. */
const ext4Magic = { offset: 1024 + 0x38, value: 0xef53 } as const;

/** Takes file systems that a VM has written into the store: holes stay holes, and blocks are shared where that works. */
export class Ext4LayerFiles implements LayerFiles {
  async take({ name, path }: { name: string; path: string }, target: string, work: Work): Promise<void> {
    await checkExt4(name, path);
    work.tell({ detail: path });
    const argv = ['cp', '--reflink=auto', '--sparse=always', '--no-dereference', '--', path, target];
    await runBuildTool(argv, { signal: work.signal, timeoutMs: copyTimeoutMs });
  }
}

async function checkExt4(name: string, path: string): Promise<void> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw layerUnusable(name, path, `it cannot be opened (${error.code})`);
  });
  try {
    if (!(await file.stat()).isFile()) throw layerUnusable(name, path, 'it is no plain file');
    const magic = Buffer.alloc(2);
    await file.read(magic, 0, magic.length, ext4Magic.offset);
    if (magic.readUInt16LE() !== ext4Magic.value) throw layerUnusable(name, path, 'it is no ext4 file system');
  } finally {
    await file.close();
  }
}
