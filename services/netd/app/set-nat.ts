import { about } from '../../../lib/context.js';
import { type Attachment, checkVmUid } from '../domain/attachment.js';
import { attachmentNotFound } from '../domain/errors.js';
import { type Network, requireHost } from './network.js';
import { applyRules } from './rules.js';

/** Lets a VM reach other networks, or stops that, connections that are open included. */
export function setNat(network: Network, vmUid: string, nat: boolean): Promise<Attachment> {
  checkVmUid('set NAT', vmUid);
  return about(vmUid, () =>
    network.serial.run(async () => {
      const { store } = network;
      const known = store.attachment(vmUid);
      if (known === undefined) throw attachmentNotFound('set NAT', vmUid);
      await requireHost(network, `set NAT of vm ${known.vmName}`, nat);
      const before = store.state();
      const attachment = { ...known, nat };
      store.saveAttachment(attachment);
      await applyRules(network, before, store.state());
      return attachment;
    }),
  );
}
