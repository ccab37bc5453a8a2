import type { Attachment } from './attachment.js';
import { tapLines } from './links.js';
import type { NetworkSettings } from './settings.js';

/**
 * What stands on the host, told as the lines of `ip -batch` that would make it, so that it can be held against the lines
 * that we want.
 */
export type StandingLines = ReadonlySet<string>;

/** What `ip -j address` prints of an interface, as far as we read it: ip-address(8). */
export interface IpInterface {
  readonly ifname: string;
  readonly ifalias?: string;
  readonly flags: readonly string[];
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen: number; readonly label?: string }[];
}

/** What `ip -j route` prints of a route. */
export interface IpHostRoute {
  readonly dst: string;
  readonly dev?: string;
  readonly prefsrc?: string;
}

/** What `ip -j neighbour` prints of an entry. */
export interface IpNeighbour {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr?: string;
  readonly state?: readonly string[];
}

export function standingLines(
  interfaces: readonly IpInterface[],
  routes: readonly IpHostRoute[],
  neighbours: readonly IpNeighbour[],
): StandingLines {
  return new Set([
    ...interfaces.flatMap(linesOfInterface),
    ...routes.map(({ dst, dev, prefsrc }) => `route replace ${hostPrefix(dst)} dev ${dev} src ${prefsrc}`),
    ...neighbours
      .filter(({ state }) => state?.includes('PERMANENT'))
      .map(({ dst, lladdr, dev }) => `neighbour replace ${dst} lladdr ${lladdr} dev ${dev} nud permanent`),
  ]);
}

function linesOfInterface({ ifname, ifalias, flags, addr_info = [] }: IpInterface): string[] {
  return [
    ...(flags.includes('UP') ? [`link set dev ${ifname} alias ${ifalias} up`] : []),
    ...addr_info.map(({ local, prefixlen, label = ifname }) => {
      // An address of IPv6 has no label, and says no longer how it was made.
      const labelled = local?.includes(':') ? ' nodad' : label === ifname ? '' : ` label ${label}`;
      return `address replace ${local}/${prefixlen} dev ${ifname}${labelled}`;
    }),
  ];
}

/** A route to one host is printed without its length. */
function hostPrefix(target: string): string {
  if (target.includes('/')) return target;
  return `${target}/${target.includes(':') ? 128 : 32}`;
}

/** Lines of which `standingLines` would know whether they stand. */
const known = [
  /^link set dev \S+ alias \S+ up$/,
  /^address replace \S+ dev \S+( label \S+| nodad)?$/,
  /^route replace \S+ dev \S+ src \S+$/,
  /^neighbour replace \S+ lladdr \S+ dev \S+ nud permanent$/,
];

/** The lines that make right what is not of an attachment whose tap is there; none when all is. */
export function missingLines(settings: NetworkSettings, wanted: Attachment, standing: StandingLines): string[] {
  const lines = tapLines(settings, wanted, true);
  return lines.filter((line) => !standing.has(line) && known.some((pattern) => pattern.test(line)));
}
