import type { FileHandle } from 'node:fs/promises';

/** As large as file systems' blocks are: a smaller hole saves nothing. */
const holeBytes = 4096;
const zeros = Buffer.alloc(holeBytes);

/** Writes a new file from its beginning; long runs of zeros become holes. Throws the signal's reason when it aborts. */
export async function writeSparse(
  file: FileHandle,
  chunks: AsyncIterable<Buffer>,
  signal?: AbortSignal,
): Promise<void> {
  let size = 0;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    for (const { at, end } of dataRanges(chunk, size % holeBytes))
      await writeAll(file, chunk.subarray(at, end), size + at);
    size += chunk.length;
  }
  await file.truncate(size);
}

/** Writes all of the data at a position of a file. */
export async function writeAll(file: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    done += (await file.write(data, done, data.length - done, position + done)).bytesWritten;
  }
}

interface Range {
  readonly at: number;
  readonly end: number;
}

/** What is not zero in a chunk that starts at this offset of a block, in runs of blocks. */
function dataRanges(chunk: Buffer, offset: number): Range[] {
  const ranges: { at: number; end: number }[] = [];
  for (let at = 0; at < chunk.length; ) {
    const end = Math.min(chunk.length, at + holeBytes - ((offset + at) % holeBytes));
    if (!isZero(chunk, at, end)) {
      const last = ranges.at(-1);
      if (last?.end === at) last.end = end;
      else ranges.push({ at, end });
    }
    at = end;
  }
  return ranges;
}

function isZero(chunk: Buffer, at: number, end: number): boolean {
  return chunk.compare(zeros, 0, end - at, at, end) === 0;
}
