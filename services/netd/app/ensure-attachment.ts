import { capacity, macOf, nextFree, tapName } from '../domain/address-pool.js';
import { type Attachment, type AttachmentRequest, checkAttachmentRequest, isEmpty } from '../domain/attachment.js';
import { poolExhausted } from '../domain/errors.js';
import { formatIpv4, parseIpv4 } from '../domain/ipv4.js';
import { type Network, requireHost } from './network.js';
import { applyRules, requireOwnTable } from './rules.js';
import { linesOfTap, requireFreePool } from './taps.js';

/** Makes sure that a VM has an address and a tap that works; a repeat repairs both. */
export function ensureAttachment(network: Network, request: AttachmentRequest): Promise<Attachment> {
  checkAttachmentRequest(request);
  return network.serial.run(() => attach(network, request));
}

async function attach(network: Network, request: AttachmentRequest): Promise<Attachment> {
  const { links, store } = network;
  await requireHost(network, `attach vm ${request.vmName}`, request.nat);
  const before = store.state();
  if (before.attachments.length === 0) await requireFreePool(network);
  if (isEmpty(before)) await requireOwnTable(network);
  const known = store.attachment(request.vmUid);
  const attachment = { ...(known ?? newPlace(network, request.vmName)), ...request };
  const lines = await linesOfTap(network, attachment, await links.find(attachment.tap));
  store.saveAttachment(attachment);
  const after = store.state();
  // Side by side: until the VM runs, neither needs the other.
  await bothDone(links.run(lines), applyRules(network, known ? after : before, after));
  return attachment;
}

/** Waits for both even when one fails, so that the next change finds the host at rest. */
async function bothDone(...work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function newPlace({ settings, store }: Network, vmName: string): Pick<Attachment, 'address' | 'mac' | 'tap'> {
  const { pool, tapPrefix } = settings;
  const taken = new Set(store.state().attachments.map(({ address }) => parseIpv4(address) ?? 0));
  const address = nextFree(pool, taken, store.lastGivenAddress());
  if (address === undefined) throw poolExhausted(vmName, pool.prefix, capacity(pool));
  return { address: formatIpv4(address), mac: macOf(address), tap: tapName(pool, tapPrefix, address) };
}
