import { hostName, type Vm } from '../domain/vm.js';
import type { GuestLogin } from './guest-ports.js';

/** How we log in to a guest; undefined while it has no address. */
export function loginOf(vm: Vm): GuestLogin | undefined {
  const { network, origin } = vm.status;
  return network && { address: network.ipv4Address, user: origin?.user ?? 'root', hostKeyAlias: hostName(vm) };
}
