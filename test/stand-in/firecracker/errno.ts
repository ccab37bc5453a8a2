/** How Rust tells a failed system call. The words are those of the C library. */
const words: Readonly<Record<string, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  ENXIO: 'No such device or address',
  EACCES: 'Permission denied',
  EBUSY: 'Device or resource busy',
  ENODEV: 'No such device',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EINVAL: 'Invalid argument',
  ETXTBSY: 'Text file busy',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  EADDRINUSE: 'Address already in use',
};

export function osError(error: unknown): string {
  const { code = '', errno = 0, message } = error as NodeJS.ErrnoException;
  return `${words[code] ?? message} (os error ${Math.abs(errno)})`;
}
