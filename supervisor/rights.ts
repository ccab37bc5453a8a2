import type { ServiceName } from '../lib/paths.js';

/** What each service is given when the supervisor is root and the services' users are there. docs/security.md has the reasons. */
export interface Rights {
  /** The user that the service runs as, with a group of the same name; undefined for root. */
  readonly user: string | undefined;
  /** All that it, and whatever it starts, can ever have: names of capabilities(7), without "cap_", in lower case. */
  readonly capabilities: readonly string[];
  /** Whether no program that it starts can gain rights by its file. */
  readonly noNewPrivileges: boolean;
}

/** What of the host decides about rights. */
export interface HostFacts {
  /** Where dnsd listens on the host; 0 for any free port. */
  readonly dnsPort: number;
  /** Whether the kernel holds tables of the old iptables, which only root's programs read and change. */
  readonly legacyTables: boolean;
}

/** The jailer, hypervisors of other users, and systems in folders with the owners, devices and capabilities of their files. */
const rootsWork = [
  ...['sys_admin', 'sys_chroot', 'sys_resource', 'sys_ptrace', 'kill', 'setuid', 'setgid', 'setpcap', 'setfcap'],
  ...['mknod', 'chown', 'fowner', 'fsetid', 'dac_override', 'dac_read_search'],
];
/** Ports below this take a right: ip(7), ip_unprivileged_port_start. */
const firstFreePort = 1024;

export function rightsOf(service: ServiceName, { dnsPort, legacyTables }: HostFacts): Rights {
  const lowPort = dnsPort > 0 && dnsPort < firstFreePort;
  const table: Readonly<Record<ServiceName, Rights>> = {
    netd: {
      user: 'banger-netd',
      capabilities: ['net_admin', ...(legacyTables ? ['net_raw', 'dac_read_search'] : [])],
      noNewPrivileges: true,
    },
    dnsd: { user: 'banger-dnsd', capabilities: lowPort ? ['net_bind_service'] : [], noNewPrivileges: true },
    vmm: { user: undefined, capabilities: rootsWork, noNewPrivileges: true },
    // A build runs the programs of packages, and some of them change their user by their file.
    imaged: { user: undefined, capabilities: rootsWork, noNewPrivileges: false },
  };
  return table[service];
}

/** A user of the host, by its numbers. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** The group that comes to the sockets: that of the admins. */
  readonly socketGid: number;
}

/**
 * The command of setpriv(1) that a service's own follows. `bounding` is what the supervisor itself is bounded by: what it
 * has not got cannot be given.
 */
export function launcher(rights: Rights, identity: Identity | undefined, bounding: readonly string[]): string[] {
  const capabilities = rights.capabilities.filter((name) => bounding.includes(name));
  const set = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  return [
    'setpriv',
    ...(identity ? asUser(identity, set) : []),
    `--bounding-set=${set}`,
    ...(rights.noNewPrivileges ? ['--no-new-privs'] : []),
    '--',
  ];
}

function asUser({ uid, gid, socketGid }: Identity, set: string): string[] {
  const inherited = [`--inh-caps=${set}`, `--ambient-caps=${set}`];
  return [`--reuid=${uid}`, `--regid=${gid}`, `--groups=${socketGid}`, ...inherited];
}
