import { hostName, type Vm } from './vm.js';

/** The file that pins the host keys of all VMs, by name and by address: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export function knownHosts(vms: readonly Vm[]): string {
  return vms
    .filter((vm) => vm.status.sshHostKey !== undefined)
    .map(
      (vm) => `${[hostName(vm), vm.status.network?.ipv4Address].filter(Boolean).join(',')} ${vm.status.sshHostKey}\n`,
    )
    .join('');
}
