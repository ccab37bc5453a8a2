import { collide, type NetworkPolicy, type PublishedPort, samePort } from '../../../lib/network-policy/policy.js';
import { hostAddressNotFound, portTaken, type TakenPort } from '../domain/errors.js';
import type { Network } from './network.js';

/**
 * Throws PORT_TAKEN with all ports of a policy that other VMs have or programs of the host listen at, or
 * HOST_ADDRESS_NOT_FOUND. Those that the VM has already are its own. A program may still take a port afterwards: then the
 * VM keeps it, and the program hears nothing.
 */
export async function requirePorts(
  network: Network,
  vmUid: string,
  vmName: string,
  policy: NetworkPolicy,
): Promise<void> {
  const { attachments } = network.store.state();
  const own = attachments.find((attachment) => attachment.vmUid === vmUid)?.policy.publishedPorts ?? [];
  const added = policy.publishedPorts.filter((port) => !own.some((known) => samePort(known, port)));
  const others = attachments.filter((attachment) => attachment.vmUid !== vmUid);
  const heldByVm = added.flatMap((port): TakenPort[] => {
    const holder = others.find((other) => other.policy.publishedPorts.some((held) => collide(held, port)));
    return holder ? [{ port, holder: holder.vmName }] : [];
  });
  // A publication that the VM has of this port goes, and nothing listens behind one.
  const looks = await Promise.all(added.map(async (port) => ({ port, look: await network.ports.look(port) })));
  const absent = looks.filter(({ look }) => look === 'no-address').map(({ port }) => port.hostAddress);
  if (absent.length > 0) throw hostAddressNotFound(vmName, [...new Set(absent)]);
  const heldByHost = looks.filter(({ look }) => look === 'taken').map(({ port }) => ({ port, holder: undefined }));
  const taken = [...heldByVm, ...heldByHost].sort(byPort);
  if (taken.length > 0) throw portTaken(vmName, taken);
}

function byPort({ port: a }: { port: PublishedPort }, { port: b }: { port: PublishedPort }): number {
  return a.hostPort - b.hostPort || a.protocol.localeCompare(b.protocol);
}
