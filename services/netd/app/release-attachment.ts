import { about } from '../../../lib/context.js';
import { checkVmUid, withoutAttachment } from '../domain/attachment.js';
import { type Network, requireHost } from './network.js';
import { applyRules } from './rules.js';
import { removeTap } from './taps.js';

/** Removes a VM's tap, route and rules and frees its address; succeeds when there is none. */
export function releaseAttachment(network: Network, vmUid: string): Promise<void> {
  checkVmUid('release an attachment', vmUid);
  return about(vmUid, () => network.serial.run(() => release(network, vmUid)));
}

async function release(network: Network, vmUid: string): Promise<void> {
  const { store } = network;
  const attachment = store.attachment(vmUid);
  if (attachment === undefined) return;
  await requireHost(network, `release the network of vm ${attachment.vmName}`, false);
  const before = store.state();
  const after = withoutAttachment(before, vmUid);
  // The rules outlast the tap: while it is there, so is what holds the guest to its own address.
  await removeTap(network, attachment, after.attachments.length === 0);
  await applyRules(network, before, after);
  // Whoever has the address next gets no packet of a connection that was this VM's, in either direction.
  for (const address of [attachment.address, attachment.address6])
    if (address) await network.connections.forget(address);
  store.deleteAttachment(vmUid);
}
