import { formatIpv4, parseIpv4 } from '../../../lib/ip/ipv4.js';
import { addressOfMac, capacity, macOf, nextFree, tapName } from '../domain/address-pool.js';
import {
  type Attachment,
  type AttachmentRequest,
  checkAttachmentRequest,
  checkKeptPlace,
} from '../domain/attachment.js';
import { addressTaken, macTaken, poolExhausted } from '../domain/errors.js';
import { ipv6Of } from '../domain/settings.js';
import type { Network } from './network.js';

/** A VM's address, and what follows from it. */
export type Place = Pick<Attachment, 'address' | 'mac' | 'tap' | 'address6'>;

/** Throws what `ensureAttachment` would throw for the addresses that a request asks for; changes nothing. */
export function checkPlace(network: Network, request: AttachmentRequest): void {
  checkAttachmentRequest(request, network.settings.pool);
  placeOf(network, request);
}

/** The place that a VM has, or the one that it gets: as asked for, else the next free one. */
export function placeOf(network: Network, request: AttachmentRequest): Place {
  const known = network.store.attachment(request.vmUid);
  if (known === undefined) return newPlace(network, request);
  checkKeptPlace(request, known);
  const { address, mac, tap, address6 } = known;
  return { address, mac, tap, ...(address6 !== undefined && { address6 }) };
}

function newPlace({ settings, store }: Network, request: AttachmentRequest): Place {
  const { pool, tapPrefix } = settings;
  const { attachments } = store.state();
  const number =
    parseIpv4(request.address ?? '') ?? nextFree(pool, takenNumbers(attachments), store.lastGivenAddress());
  if (number === undefined) throw poolExhausted(request.vmName, pool.prefix, capacity(pool));
  const [address, mac] = [formatIpv4(number), request.mac ?? macOf(number)];
  for (const other of attachments) {
    if (other.address === address) throw addressTaken(request.vmName, address, other.vmName);
    if (other.mac === mac) throw macTaken(request.vmName, mac, other.vmName);
  }
  const address6 = ipv6Of(settings, address);
  return { address, mac, tap: tapName(pool, tapPrefix, number), ...(address6 !== undefined && { address6 }) };
}

/** Passes over an address, too, whose card someone has chosen for another VM. */
function takenNumbers(attachments: readonly Attachment[]): Set<number> {
  const numbers = attachments.flatMap(({ address, mac }) => [parseIpv4(address), addressOfMac(mac)]);
  return new Set(numbers.filter((number) => number !== undefined));
}
