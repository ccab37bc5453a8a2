import { BangerError, commonReasons } from '../errors.js';

/** sun_path has 108 bytes with its final NUL: unix(7). Node binds longer names cut off, without a word. */
const maxSocketPathBytes = 107;

/** `setting` is what puts the socket's folder elsewhere. Fails with SOCKET_PATH_TOO_LONG. */
export function checkSocketPath(path: string, setting = 'BANGER_RUN_DIR'): void {
  const length = Buffer.byteLength(path);
  if (length <= maxSocketPathBytes) return;
  const message =
    `cannot use the socket path ${path}: it has ${length} bytes, the kernel takes ${maxSocketPathBytes}; ` +
    `set ${setting} to a shorter directory`;
  throw new BangerError('invalid', commonReasons.SOCKET_PATH_TOO_LONG, message, { metadata: { path } });
}
