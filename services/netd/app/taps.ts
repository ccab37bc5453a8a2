import type { Attachment } from '../domain/attachment.js';
import { tapInUse } from '../domain/errors.js';
import {
  type FoundLink,
  gatewayLabel,
  isOurs,
  ownerOf,
  removeGatewayLines,
  removeTapLines,
  tapLines,
} from '../domain/links.js';
import type { Network } from './network.js';

/**
 * The lines that make a tap be as wanted, from what stands under its name. A tap's owner is set as it is made: that of
 * another owner is removed first, but never under a process that has it open. Throws TAP_NAME_TAKEN and TAP_IN_USE.
 */
export async function linesOfTap(
  { links, settings }: Network,
  wanted: Attachment,
  found: FoundLink | undefined,
): Promise<string[]> {
  if (found === undefined) return tapLines(settings, wanted, false);
  const owner = ownerOf(settings, found);
  if (owner === wanted.ownerUid) return tapLines(settings, wanted, true);
  const removed = await links.removeTapUnlessOpen(wanted.tap);
  if (!removed) throw tapInUse(wanted.vmName, wanted.tap, owner, wanted.ownerUid);
  return tapLines(settings, wanted, false);
}

/** Removes an attachment's tap, and with it its route and neighbour entry; the gateway address too with the last. */
export async function removeTap(network: Network, attachment: Attachment, isLast: boolean): Promise<void> {
  const { links, settings } = network;
  const found = await links.find(attachment.tap);
  const tap = found !== undefined && isOurs(settings, found) ? removeTapLines(attachment.tap) : [];
  const gateway = isLast ? await gatewayRemoval(network) : [];
  if (tap.length + gateway.length > 0) await links.run([...tap, ...gateway]);
}

/** The lines that take the gateway address from lo; none when it is not there, or not ours. */
export async function gatewayRemoval({ links, settings }: Network): Promise<string[]> {
  const label = gatewayLabel(settings);
  const ours = (await links.addresses()).some((found) => found.label === label);
  return ours ? removeGatewayLines(settings) : [];
}
