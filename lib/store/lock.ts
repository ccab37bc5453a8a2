import { openLockConnection } from './database.js';

/** A lock that the kernel lets go of when its holder dies, however it dies. */
export interface FileLock {
  release(): void;
}

/** Takes the lock of a file, making the file when there is none; undefined when another process holds it. */
export function lockFile(path: string): FileLock | undefined {
  const connection = openLockConnection(path);
  return connection && { release: () => connection.close() };
}
