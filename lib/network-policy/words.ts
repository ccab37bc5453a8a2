import { destinationProblem, hostAddressProblem, portProblem } from './check.js';
import type { EgressRule, IpProtocol, PublishedPort } from './policy.js';

/**
 * Publications and egress rules as words of a command line. Addresses of IPv6 stand in brackets:
 *
 *   [HOST_ADDRESS:]HOST_PORT:GUEST_PORT[/tcp|/udp]     8080:80, 127.0.0.1:5353:53/udp, 8000-8009:9000-9009
 *   [HOST_ADDRESS:]HOST_PORT[:GUEST_PORT][/tcp|/udp]   to publish no more: 8080
 *   allow|deny:DESTINATION[:PORT][/tcp|/udp]           allow:example.org:443/tcp, deny:10.0.0.0/8, deny:all
 */

export type Read<T> = { readonly value: T } | { readonly problem: string };

const ports = String.raw`(?<from>\d{1,5})(?:-(?<to>\d{1,5}))?`;
const guestPorts = ports.replace('from', 'guestFrom').replace('to', 'guestTo');
const publication = new RegExp(
  String.raw`^(?:(?<address>[\d.]*\.[\d.]*|\[[^\]]*\]):)?${ports}(?::${guestPorts})?(?:\/(?<protocol>tcp|udp))?$`,
);
const rule =
  /^(?<action>allow|deny):(?<destination>\[[^\]]+\]|[^[\]:]+?)(?::(?<port>\d{1,5}))?(?:\/(?<protocol>tcp|udp))?$/;

/** What to publish. Ranges of the same length give one publication each. */
export function readPublication(text: string): Read<readonly PublishedPort[]> {
  return readPorts(text, false);
}

/** What to publish no more; a guest port of 0 stands for any. */
export function readUnpublication(text: string): Read<readonly PublishedPort[]> {
  return readPorts(text, true);
}

function readPorts(text: string, guestMayMiss: boolean): Read<readonly PublishedPort[]> {
  const groups = publication.exec(text)?.groups;
  const missing = groups !== undefined && groups.guestFrom === undefined && !guestMayMiss;
  if (groups === undefined || missing) return { problem: publicationWords(text, guestMayMiss) };
  const hostAddress = (groups.address ?? '').replace(/[[\]]/g, '');
  const host = rangeOf(groups.from ?? '', groups.to);
  const guest = groups.guestFrom === undefined ? undefined : rangeOf(groups.guestFrom, groups.guestTo);
  const problem =
    (groups.address === undefined ? undefined : hostAddressProblem(hostAddress)) ??
    [...ends(host), ...(guest ? ends(guest) : [])].map(portProblem).find((found) => found !== undefined) ??
    rangeProblem(host, guest);
  if (problem !== undefined) return { problem: `"${text}" ${problem}` };
  const protocol = (groups.protocol ?? 'tcp') as IpProtocol;
  const value = Array.from({ length: host.count }, (_, i) => ({
    hostAddress,
    hostPort: host.first + i,
    guestPort: guest ? guest.first + i : 0,
    protocol,
  }));
  return { value };
}

interface Range {
  readonly first: number;
  readonly count: number;
}

function rangeOf(from: string, to = from): Range {
  return { first: Number(from), count: Number(to) - Number(from) + 1 };
}

function ends({ first, count }: Range): number[] {
  return [first, first + count - 1];
}

function rangeProblem(host: Range, guest: Range | undefined): string | undefined {
  if (host.count < 1 || (guest && guest.count < 1)) return 'has a range that ends before it begins';
  if (guest === undefined || guest.count === host.count) return undefined;
  return `has ${host.count} ports of the host for ${guest.count} of the guest; the ranges must be of the same length`;
}

function publicationWords(text: string, guestMayMiss: boolean): string {
  const form = guestMayMiss ? 'HOST_PORT or HOST_PORT:GUEST_PORT' : 'HOST_PORT:GUEST_PORT';
  return `must be ${form}, such as 8080:80, with an address of the host before it or /udp behind it if need be; is "${text}"`;
}

export function readEgressRule(text: string): Read<EgressRule> {
  const groups = rule.exec(text)?.groups;
  if (groups === undefined) {
    const form = 'allow:DESTINATION or deny:DESTINATION, with :PORT, /tcp or /udp behind it if need be';
    return { problem: `must be ${form}, such as allow:example.org:443; is "${text}"` };
  }
  const destination = (groups.destination ?? '').replace(/[[\]]/g, '');
  const port = Number(groups.port ?? 0);
  const problem = destinationProblem(destination) ?? (groups.port === undefined ? undefined : portProblem(port));
  if (problem !== undefined) return { problem: `"${text}" ${problem}` };
  const action = groups.action as EgressRule['action'];
  return { value: { action, destination, port, protocol: (groups.protocol ?? 'any') as EgressRule['protocol'] } };
}

export function publicationText({ hostAddress, hostPort, guestPort, protocol }: PublishedPort): string {
  const address = hostAddress === '' ? '' : `${bracketed(hostAddress)}:`;
  return `${address}${hostPort}:${guestPort}${protocol === 'tcp' ? '' : `/${protocol}`}`;
}

export function egressRuleText({ action, destination, port, protocol }: EgressRule): string {
  const behind = `${port === 0 ? '' : `:${port}`}${protocol === 'any' ? '' : `/${protocol}`}`;
  return `${action}:${bracketed(destination)}${behind}`;
}

function bracketed(text: string): string {
  return text.includes(':') ? `[${text}]` : text;
}
