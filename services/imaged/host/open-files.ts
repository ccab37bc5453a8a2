import { join } from 'node:path';
import { measureChunks } from '../../../lib/host/digest.js';
import { open } from '../../../lib/host/files.js';
import type { OpenFile, OpenFiles } from '../app/ports.js';

type Handle = Awaited<ReturnType<typeof open>>;

const pieceBytes = 1024 * 1024;

/** Opens the files of an object that is there; none stays open when one cannot be opened. */
export async function openObjectFiles(folder: string, names: readonly string[]): Promise<OpenFiles> {
  const handles: Handle[] = [];
  const close = async () => {
    for (const handle of handles) await handle.close();
  };
  try {
    const files: OpenFile[] = [];
    for (const name of names) {
      const handle = await open(join(folder, name), 'r');
      handles.push(handle);
      files.push(openFile(name, handle, (await handle.stat()).size));
    }
    return { files, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function openFile(name: string, handle: Handle, bytes: number): OpenFile {
  return {
    name,
    bytes,
    read: (signal) => pieces(handle, signal),
    digest: async (signal, onBytes) => (await measureChunks(pieces(handle, signal), { onBytes })).digest,
  };
}

async function* pieces(handle: Handle, signal: AbortSignal): AsyncIterable<Uint8Array> {
  for (let at = 0; ; ) {
    signal.throwIfAborted();
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}
