import { about } from '../../../lib/context.js';
import { canonicalPolicy } from '../../../lib/network-policy/policy.js';
import {
  type Attachment,
  type AttachmentRequest,
  checkAttachmentRequest,
  isEmpty,
  needsForwarding,
} from '../domain/attachment.js';
import { type Network, requireHost } from './network.js';
import { placeOf } from './place.js';
import { requireFreePool } from './pool-check.js';
import { requirePorts } from './published-ports.js';
import { applyLoopback, applyRules, requireOwnTable } from './rules.js';
import { linesOfTap } from './taps.js';

/** Makes sure that a VM has an address and a tap that works; a repeat repairs both. */
export function ensureAttachment(network: Network, asked: AttachmentRequest): Promise<Attachment> {
  const request = { ...asked, policy: canonicalPolicy(asked.policy) };
  checkAttachmentRequest(request, network.settings.pool);
  return about(request.vmUid, () => network.serial.run(() => attach(network, request)));
}

async function attach(network: Network, request: AttachmentRequest): Promise<Attachment> {
  const { links, store } = network;
  await requireHost(network, `attach vm ${request.vmName}`, needsForwarding(request));
  const before = store.state();
  if (before.attachments.length === 0) await requireFreePool(network);
  if (isEmpty(before)) await requireOwnTable(network);
  await requirePorts(network, request.vmUid, request.vmName, request.policy);
  const known = store.attachment(request.vmUid);
  const attachment = { ...request, ...placeOf(network, request) };
  const lines = await linesOfTap(network, attachment, await links.find(attachment.tap));
  store.saveAttachment(attachment);
  const after = store.state();
  // Side by side: until the VM runs, neither needs the other.
  await bothDone(links.run(lines), applyRules(network, known ? after : before, after));
  await applyLoopback(network, [attachment]);
  return attachment;
}

/** Waits for both even when one fails, so that the next change finds the host at rest. */
async function bothDone(...work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
