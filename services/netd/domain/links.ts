import { holdsPrefix, parsePrefix } from '../../../lib/ip/address.js';
import { ipv6Gateway } from './address-pool6.js';
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
    ...ipv6Lines(settings, wanted),
  ];
}

/**
 * The gateway is link-local, so that it is the same whatever the pool. The host's own address of the pool is what it is
 * seen as by guests. Nobody else is on a tap: duplicate address detection would only make the addresses wait.
 */
function ipv6Lines({ ipv6 }: NetworkSettings, { tap, address6: guest, mac }: Attachment): string[] {
  if (ipv6 === undefined || guest === undefined) return [];
  return [
    `address replace ${ipv6Gateway}/64 dev ${tap} nodad`,
    `address replace ${ipv6.pool.host}/128 dev ${tap} nodad`,
    `route replace ${guest}/128 dev ${tap} src ${ipv6.pool.host}`,
    `neighbour replace ${guest} lladdr ${mac} dev ${tap} nud permanent`,
  ];
}

/** Takes from taps what `ipv6Lines` has put there, as far as it is there: for when IPv6 is turned off under guests. */
export function removeIpv6Lines(
  pool: string,
  taps: ReadonlySet<string>,
  { addresses, routes }: { addresses: readonly FoundAddress[]; routes: readonly FoundRoute[] },
): string[] {
  const own = ({ link }: { link: string }) => taps.has(link);
  const isOurs = (address: string) => address === ipv6Gateway || isIn(pool, address);
  return [
    ...routes
      .filter((route) => own(route) && isIn(pool, route.target))
      .map(({ target, link }) => `route delete ${target} dev ${link}`),
    ...addresses
      .filter((found) => own(found) && isOurs(found.address))
      .map(({ address, link }) => `address delete ${address}/${address === ipv6Gateway ? 64 : 128} dev ${link}`),
    ...[...taps].map((tap) => `neighbour flush dev ${tap} nud permanent to ${pool}`),
  ];
}

function isIn(pool: string, address: string): boolean {
  const [outer, inner] = [parsePrefix(pool), parsePrefix(address)];
  return outer !== undefined && inner !== undefined && holdsPrefix(outer, inner);
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
