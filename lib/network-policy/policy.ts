import { formatPrefix, parsePrefix } from '../ip/address.js';

/** Who reaches a VM, and what it reaches: the same types and rules for whoever asks, records or enforces it. Pure. */

export type IpProtocol = 'tcp' | 'udp';

/** A port of the host that leads to a port of a VM. */
export interface PublishedPort {
  /** An address of the host; empty for all that it has. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly guestPort: number;
  readonly protocol: IpProtocol;
}

export interface EgressRule {
  readonly action: 'allow' | 'deny';
  /** `all`, an address, a prefix, a domain such as "example.org", or "*.example.org" for every name under it. */
  readonly destination: string;
  /** 0 for all. */
  readonly port: number;
  /** `any` with a port is TCP and UDP. */
  readonly protocol: IpProtocol | 'any';
}

export interface NetworkPolicy {
  /** Names of VMs, prefixes or addresses of any network, or `all` for every VM. */
  readonly allowFrom: readonly string[];
  /** With NAT; the first that matches decides. */
  readonly egress: readonly EgressRule[];
  readonly publishedPorts: readonly PublishedPort[];
}

/** Nobody but the host reaches it, and with NAT it reaches everything. */
export const emptyPolicy: NetworkPolicy = { allowFrom: [], egress: [], publishedPorts: [] };

/** What stands for everyone in `allowFrom` and for everything in `destination`. */
export const everyone = 'all';

/** The one form that equal policies have: addresses as they are written, domains in lower case, no source or port twice. */
export function canonicalPolicy({ allowFrom, egress, publishedPorts }: NetworkPolicy): NetworkPolicy {
  return {
    allowFrom: unique(allowFrom.map(canonicalPrefix)),
    egress: egress.map(({ action, destination, port, protocol }) => {
      return {
        action,
        destination: canonicalPrefix(destination.toLowerCase().replace(/(?<=.)\.$/, '')),
        port,
        protocol,
      };
    }),
    publishedPorts: unique(publishedPorts.map(canonicalPort)),
  };
}

/** The address of a socket that listens everywhere stands for all addresses, as it does there. */
function canonicalPort({ hostAddress, hostPort, guestPort, protocol }: PublishedPort): PublishedPort {
  const address = canonicalPrefix(hostAddress);
  return { hostAddress: address === '0.0.0.0' ? '' : address, hostPort, guestPort, protocol };
}

function canonicalPrefix(text: string): string {
  const prefix = parsePrefix(text);
  return prefix ? formatPrefix(prefix) : text;
}

/** Of policies in their one form. */
export function samePolicy(one: NetworkPolicy, other: NetworkPolicy): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whether two publications want the same port: as with sockets, all addresses are in the way of each. */
export function collide(one: PublishedPort, other: PublishedPort): boolean {
  if (one.hostPort !== other.hostPort || one.protocol !== other.protocol) return false;
  return one.hostAddress === '' || other.hostAddress === '' || one.hostAddress === other.hostAddress;
}

export function samePort(one: PublishedPort, other: PublishedPort): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The domains that the egress rules are about, each once. */
export function domainsOf({ egress }: NetworkPolicy): string[] {
  return unique(egress.map(({ destination }) => destination).filter(isDomainRule));
}

function isDomainRule(destination: string): boolean {
  return destination !== everyone && parsePrefix(destination) === undefined;
}

/** Whether a name, in lower case and without the last dot, is of a domain as rules have it. */
export function isOfDomain(name: string, domain: string): boolean {
  return domain.startsWith('*.') ? name.endsWith(domain.slice(1)) && name.length > domain.length - 1 : name === domain;
}

function unique<T>(list: readonly T[]): T[] {
  const seen = new Map(list.map((item) => [JSON.stringify(item), item]));
  return [...seen.values()];
}
