import type { Attachment } from './attachment.js';
import { tapNameTaken } from './errors.js';
import type { NetworkSettings } from './settings.js';

/**
 * What `ip -batch` is told, line by line. All but the making and the removing of a tap is "replace", so that a batch can
 * be repeated, finishes what an earlier one began, and leaves traffic that flows alone.
 */

/** A network interface as the kernel shows it. */
export interface FoundLink {
  readonly name: string;
  readonly alias: string;
}

/** An address on an interface; `label` is the interface's name unless someone gave another. */
export interface FoundAddress {
  readonly link: string;
  readonly address: string;
  readonly label: string;
}

/** A way that the host knows: to a prefix or one address, by an interface; empty when it leads to several. */
export interface FoundRoute {
  readonly target: string;
  readonly link: string;
}

/** Makes a tap, unless it is there, and makes it be as wanted. */
export function tapLines(settings: NetworkSettings, wanted: Attachment, isThere: boolean): string[] {
  const { tap, address, mac, ownerUid } = wanted;
  const { gateway } = settings.pool;
  return [
    ...(isThere ? [] : [`tuntap add dev ${tap} mode tap user ${ownerUid} vnet_hdr`]),
    `link set dev ${tap} alias ${tapAlias(settings.mark, ownerUid, wanted.vmName)} up`,
    `address replace ${gateway}/32 dev lo label ${gatewayLabel(settings)}`,
    `address replace ${gateway}/32 dev ${tap}`,
    `route replace ${address}/32 dev ${tap} src ${gateway}`,
    // We know the guest's card: nothing waits for ARP, and no guest can claim the address of another.
    `neighbour replace ${address} lladdr ${mac} dev ${tap} nud permanent`,
  ];
}

/** The user who may open a tap that stands under a wanted one's name. Throws TAP_NAME_TAKEN when it is not ours. */
export function ownerOf(settings: NetworkSettings, found: FoundLink): number {
  const known = parseTapAlias(found.alias);
  if (known?.mark !== settings.mark) throw tapNameTaken(found.name);
  return known.ownerUid;
}

export function removeTapLines(tap: string): string[] {
  return [`link delete dev ${tap}`];
}

export function removeGatewayLines(settings: NetworkSettings): string[] {
  return [`address delete ${settings.pool.gateway}/32 dev lo label ${gatewayLabel(settings)}`];
}

/** The label marks the gateway address on lo as ours. It takes all 15 characters that a label can have. */
export function gatewayLabel(settings: NetworkSettings): string {
  return `lo:${settings.mark}`;
}

/** The alias marks a tap as ours, and tells people whose it is. */
function tapAlias(mark: string, ownerUid: number, vmName: string): string {
  return `banger:${mark}:${ownerUid}:${vmName}`;
}

/** Whether an interface bears our mark. */
export function isOurs(settings: NetworkSettings, link: FoundLink): boolean {
  return link.name.startsWith(settings.tapPrefix) && parseTapAlias(link.alias)?.mark === settings.mark;
}

function parseTapAlias(alias: string): { mark: string; ownerUid: number } | undefined {
  const match = /^banger:([0-9a-f]{12}):(\d+):/.exec(alias);
  return match ? { mark: match[1] ?? '', ownerUid: Number(match[2]) } : undefined;
}
