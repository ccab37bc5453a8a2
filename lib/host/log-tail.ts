import { open, stat } from 'node:fs/promises';

/** A fatal line is near the end of a log; what is before this many bytes does not explain the last exit. */
const tailBytes = 64 * 1024;
const fatalLevel = 60;

/** Where a log ends now, in bytes; 0 when there is none. */
export async function logSize(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** The end of a log, from byte `from` at the earliest; empty when there is no such file. */
export async function readLogTail(path: string, from = 0): Promise<string> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    // A file that is shorter than `from` has been rotated: all of it is new.
    const start = Math.max(from > size ? 0 : from, size - tailBytes);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Why a process ended, in its own words: the message of the last fatal line of its log, or of an uncaught error's
 * stack, such as "Error: …", when it died before it could log. Undefined when the log tells nothing.
 */
export function lastWords(log: string): string | undefined {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  for (const line of lines.toReversed()) {
    const message = fatalMessage(line);
    if (message !== undefined) return message;
  }
  return lines.findLast((line) => /^(Uncaught )?[A-Za-z]*Error\b.*:/.test(line));
}

function fatalMessage(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg } = JSON.parse(line);
    return level >= fatalLevel && typeof msg === 'string' ? msg : undefined;
  } catch {
    return undefined;
  }
}
