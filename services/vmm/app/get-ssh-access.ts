import { vmHasNoAddress } from '../domain/errors.js';
import { hostName } from '../domain/vm.js';
import { requireVm } from './verbs.js';
import type { World } from './world.js';

export interface SshAccess {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile: string;
  readonly knownHostsFile: string;
  readonly hostKeyAlias: string;
}

/** What an ssh client needs to log in without a prompt. Fails with VM_HAS_NO_ADDRESS. */
export function getSshAccess(world: World, name: string): SshAccess {
  const vm = requireVm(world, name);
  const { network, sshHostKey, origin, state } = vm.status;
  if (network === undefined || sshHostKey === undefined) throw vmHasNoAddress(name, state);
  return {
    address: network.ipv4Address,
    port: 22,
    user: origin?.user ?? 'root',
    identityFile: world.keys.files.identityFile,
    knownHostsFile: world.keys.files.knownHostsFile,
    hostKeyAlias: hostName(vm),
  };
}
