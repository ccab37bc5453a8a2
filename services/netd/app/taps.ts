import { contains } from '../domain/address-pool.js';
import type { Attachment } from '../domain/attachment.js';
import { poolTaken } from '../domain/errors.js';
import { parseIpv4 } from '../domain/ipv4.js';
import { gatewayLabel, isOurs, removeGatewayLines, removeTapLines } from '../domain/links.js';
import type { Network } from './network.js';

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

/** Throws POOL_TAKEN when the host has an address of the pool that is not ours: its routes and ours would fight. */
export async function requireFreePool({ links, settings }: Network): Promise<void> {
  const label = gatewayLabel(settings);
  const taken = (await links.addresses()).find(
    (found) => found.label !== label && contains(settings.pool, parseIpv4(found.address) ?? -1),
  );
  if (taken) throw poolTaken(settings.pool.prefix, taken.address, taken.link);
}
