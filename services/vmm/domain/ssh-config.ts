import { hostName, type Vm } from './vm.js';

/** Where ssh finds what it needs to log in to VMs. */
export interface SshFiles {
  readonly identityFile: string;
  readonly knownHostsFile: string;
  readonly configFile: string;
}

/**
 * The file that tells ssh of all VMs: ssh_config(5). Of each setting ssh takes the first that it finds, so that what differs
 * from VM to VM stands before what they have in common. It finds VMs also where their names do not resolve.
 */
export function sshConfig(vms: readonly Vm[], files: SshFiles): string {
  const reachable = vms.filter(({ status }) => status.network !== undefined && status.sshHostKey !== undefined);
  return [heading, ...reachable.map(hostBlock), commonBlock(files)].join('\n');
}

const heading = '# How ssh logs in to the VMs of banger, which rewrites this as they come and go.\n';

function hostBlock(vm: Vm): string {
  const { network, origin } = vm.status;
  const user = origin?.user ?? 'root';
  return `Host ${patterns(vm).join(' ')}
  HostName ${network?.ipv4Address}
  HostKeyAlias ${hostName(vm)}
${user === 'root' ? '' : `  User ${user}\n`}`;
}

/** The names that resolve to it: its own, its aliases, and all that is under them. */
function patterns({ name, spec }: Vm): string[] {
  return [name, ...spec.aliases].flatMap((label) => [`${label}.vm`, `*.${label}.vm`]);
}

/** No agent's keys are offered, which may be more than a guest bears, and no host key but the pinned one is taken. */
function commonBlock({ identityFile, knownHostsFile }: SshFiles): string {
  return `Host *.vm
  User root
  IdentityFile ${word(identityFile)}
  IdentitiesOnly yes
  UserKnownHostsFile ${word(knownHostsFile)}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  ConnectTimeout 10
`;
}

/** As one word that means itself: ssh reads quotes, backslashes, and tokens that begin with a percent sign. */
function word(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}
