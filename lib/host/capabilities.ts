import { readTextIfExists } from './files.js';

/** The rights of a process, as capabilities(7) names them, without "CAP_" and in lower case; by their numbers. */
const names = [
  ...['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap'],
  ...['linux_immutable', 'net_bind_service', 'net_broadcast', 'net_admin', 'net_raw', 'ipc_lock', 'ipc_owner'],
  ...['sys_module', 'sys_rawio', 'sys_chroot', 'sys_ptrace', 'sys_pacct', 'sys_admin', 'sys_boot', 'sys_nice'],
  ...['sys_resource', 'sys_time', 'sys_tty_config', 'mknod', 'lease', 'audit_write', 'audit_control', 'setfcap'],
  ...['mac_override', 'mac_admin', 'syslog', 'wake_alarm', 'block_suspend', 'audit_read', 'perfmon', 'bpf'],
  ...['checkpoint_restore'],
];

/** What /proc/PID/status says of a process's rights. */
export interface ProcessRights {
  /** Real, effective, saved and file system user. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
  /** The sets Inh, Prm, Eff, Bnd and Amb. */
  readonly sets: Readonly<Record<'Inh' | 'Prm' | 'Eff' | 'Bnd' | 'Amb', readonly string[]>>;
  readonly noNewPrivileges: boolean;
}

/** Undefined when the process is gone. */
export async function processRights(pid: number | 'self'): Promise<ProcessRights | undefined> {
  const text = await readTextIfExists(`/proc/${pid}/status`);
  return text === undefined ? undefined : parseRights(text);
}

export function parseRights(status: string): ProcessRights {
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
  const numbers = (name: string) =>
    field(name)
      .split(/\s+/)
      .filter((word) => word !== '')
      .map(Number);
  const set = (name: string) => capabilitiesOf(field(`Cap${name}`));
  return {
    uids: numbers('Uid'),
    gids: numbers('Gid'),
    groups: numbers('Groups'),
    sets: { Inh: set('Inh'), Prm: set('Prm'), Eff: set('Eff'), Bnd: set('Bnd'), Amb: set('Amb') },
    noNewPrivileges: field('NoNewPrivs') === '1',
  };
}

function capabilitiesOf(hexadecimal: string): string[] {
  const mask = BigInt(`0x${hexadecimal || '0'}`);
  return names.filter((_, number) => (mask >> BigInt(number)) & 1n);
}
