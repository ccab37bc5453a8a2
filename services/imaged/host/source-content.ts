import { openArchive } from '../../../lib/host/archive-stream.js';
import { open } from '../../../lib/host/files.js';
import { hasPartitions, headBytes, isExt4 } from '../domain/file-system.js';
import type { Seen } from '../domain/import-source.js';
import { isQcow2 } from '../domain/qcow2.js';
import { exportIndexName } from './image-archive.js';

type Content = Extract<Seen, { type: 'file' }>['content'];

/** At most so many bytes of the beginning of a file. */
export async function firstBytes(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What the first bytes of a file say that it is; undefined for what others know. */
export async function contentOfFile(path: string, signal: AbortSignal): Promise<Content> {
  const head = await firstBytes(path, headBytes);
  if (isQcow2(head)) return 'qcow2';
  if (isExt4(head) || hasPartitions(head)) return 'raw';
  const isPacked = head.toString('hex', 0, 4) === '28b52ffd';
  const member = isPacked ? await firstUnpacked(path, signal) : head;
  return member.toString('latin1', 0, exportIndexName.length + 1) === `${exportIndexName}\0` ? 'export' : undefined;
}

/** The beginning of what zstd has packed; empty when it is damaged, which who reads it next will say. */
async function firstUnpacked(path: string, signal: AbortSignal): Promise<Buffer> {
  try {
    for await (const chunk of openArchive(path, signal)) return chunk;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error) || error.name === 'BangerError') throw error;
  }
  return Buffer.alloc(0);
}
