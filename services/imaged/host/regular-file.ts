import { open, openFlags, stat } from '../../../lib/host/files.js';

/**
 * The content of a regular file, whatever its path leads through. Anything else is not even opened: a FIFO would wait,
 * and a device may do something. Throws a RangeError when it is something else, or larger than `limit` bytes.
 */
export async function readRegularFile(path: string, limit: number): Promise<Buffer> {
  checkFile(await stat(path), limit);
  // It may have been exchanged since.
  const file = await open(path, openFlags.O_RDONLY | openFlags.O_NONBLOCK);
  try {
    const found = await file.stat();
    checkFile(found, limit);
    const content = Buffer.alloc(found.size);
    let read = 0;
    for (let part = -1; read < content.length && part !== 0; read += part) {
      part = (await file.read(content, read, content.length - read, read)).bytesRead;
    }
    return content.subarray(0, read);
  } finally {
    await file.close();
  }
}

function checkFile(found: Awaited<ReturnType<typeof stat>>, limit: number): void {
  if (found.isDirectory()) throw new RangeError('it is a folder');
  if (!found.isFile()) throw new RangeError('it is no regular file');
  if (found.size > limit) throw new RangeError(`it has ${found.size} bytes, and ${limit} are the most that is taken`);
}
