import { BangerError, commonReasons } from '../errors.js';
import type { Observation } from '../finding.js';

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

/** Whether the kernel takes a socket path, for a look at the host. */
export function lookAtSocketPath(path: string, setting: string): Observation {
  const length = Buffer.byteLength(path);
  const base = { type: 'FILE', subject: `a socket path of at most ${maxSocketPathBytes} bytes` } as const;
  const found = `${path} has ${length}`;
  if (length <= maxSocketPathBytes) return { ...base, severity: 'ok', found, remedy: '' };
  return { ...base, severity: 'error', found, remedy: `set ${setting} to a shorter directory` };
}
