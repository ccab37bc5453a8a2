import { parseIp } from '../../../lib/ip/address.js';
import type { PublishedPort } from '../../../lib/network-policy/policy.js';
import type { Attachment, NetworkState } from './attachment.js';
import { type Family, families, ipv4 } from './family.js';
import type { NamedSet } from './named-set.js';
import {
  accept,
  concat,
  type Expression,
  equals,
  inputLink,
  inSet,
  type Key,
  masquerade,
  notEquals,
  notInSet,
  outputLink,
  protocolOf,
  type Rule,
  redirected,
  sourcePort,
  targetPort,
  toHost,
} from './nft.js';

/**
 * Ports of the host that lead to guests. The kernel rewrites where a packet goes; that only the port that is published is
 * reached, and answered from, is judged on each packet, so that a connection ends when its port is published no more.
 */

interface Published {
  readonly attachment: Attachment;
  readonly address: string;
  readonly port: PublishedPort;
}

/** nft before 1.1 knows no map to an address and a port in JSON, so that there is one for each. */
export const publishSets: readonly NamedSet[] = families.flatMap((family) => {
  const anywhere = (state: NetworkState) => published(state, family).filter(({ port }) => port.hostAddress === '');
  const somewhere = (state: NetworkState) => published(state, family).filter(({ port }) => port.hostAddress !== '');
  const byPort = { type: ['inet_proto', 'inet_service'] };
  const byPlace = { type: [family.type, 'inet_proto', 'inet_service'] };
  return [
    {
      ...byPort,
      name: family.named('port_address'),
      map: family.type,
      elements: mapped(anywhere, hostPort, guestAddress),
    },
    {
      ...byPort,
      name: family.named('port_port'),
      map: 'inet_service',
      elements: mapped(anywhere, hostPort, guestPort),
    },
    {
      ...byPlace,
      name: family.named('place_address'),
      map: family.type,
      elements: mapped(somewhere, place, guestAddress),
    },
    {
      ...byPlace,
      name: family.named('place_port'),
      map: 'inet_service',
      elements: mapped(somewhere, place, guestPort),
    },
    {
      // The ports of guests that are reached in this way.
      name: family.named('published'),
      type: ['ifname', family.type, 'inet_proto', 'inet_service'],
      elements: (state: NetworkState) =>
        uniqueKeys(
          published(state, family).map(({ attachment, address, port }) => ({
            concat: [attachment.tap, address, port.protocol, port.guestPort],
          })),
        ),
    },
  ];
});

/** Pairs of a tap with itself: what a guest sends to its own published port must come back from the host. */
export const hairpinSet: NamedSet = {
  name: 'hairpin',
  type: ['ifname', 'ifname'],
  elements: ({ attachments }) => attachments.filter(isPublished).map(({ tap }) => ({ concat: [tap, tap] })),
};

/** What is sent to the host goes to the guest that the port belongs to. */
export function redirectPublished(): Rule[] {
  return families.flatMap((family) => [
    { expr: [...redirectable(family), redirect(family, 'place', concat(family.destination, protocolOf, targetPort))] },
    { expr: [...redirectable(family), redirect(family, 'port', concat(protocolOf, targetPort))] },
  ]);
}

/**
 * Linux leads the loopback's packets to other interfaces in IPv4 alone (ip-sysctl.rst, "route_localnet"). Sent to ::1, they
 * would vanish; left alone, they are refused, and who meant "localhost" tries 127.0.0.1 next.
 */
function redirectable({ version, destination, loopback }: Family): Expression[] {
  return version === 6 ? [notEquals(destination, loopback), toHost] : [toHost];
}

/** From other networks, and from guests with NAT, for which the host is another network. */
export function toPublished(): Rule[] {
  return families.flatMap((family) => {
    const wanted = [
      redirected,
      inSet(concat(outputLink, family.destination, protocolOf, targetPort), family.named('published')),
    ];
    return [
      { expr: [notInSet(inputLink, 'taps'), ...wanted, accept] },
      { expr: [inSet(concat(inputLink, family.source), family.named('nat')), ...wanted, accept] },
    ];
  });
}

export function fromPublished(): Rule[] {
  return families.map((family) => {
    const port = concat(inputLink, family.source, protocolOf, sourcePort);
    return { expr: [redirected, inSet(port, family.named('published')), accept] };
  });
}

/**
 * The answer must come back to the host, which alone knows what was rewritten: when a guest has reached itself, and when
 * a program of the host has by the loopback, whose addresses mean something else in the guest.
 */
export function masqueradePublished(): Rule[] {
  return [
    { expr: [inSet(concat(inputLink, outputLink), 'hairpin'), masquerade] },
    { expr: [inSet(outputLink, 'taps'), equals(ipv4.source, ipv4.loopback), masquerade] },
  ];
}

/** Whether programs of the host may send from the loopback over a guest's tap: when it is published there. */
export function takesLoopback({ policy }: Attachment): boolean {
  return policy.publishedPorts.some(({ hostAddress }) => hostAddress === '' || hostAddress.startsWith('127.'));
}

function isPublished({ policy }: Attachment): boolean {
  return policy.publishedPorts.length > 0;
}

/** What of a family is published; a publication at all addresses is so in each. */
function published({ attachments }: NetworkState, family: Family): Published[] {
  return attachments.filter(isPublished).flatMap((attachment) => {
    const address = family.addressOf(attachment);
    if (address === undefined) return [];
    const ports = attachment.policy.publishedPorts.filter(({ hostAddress }) => isOf(hostAddress, family));
    return ports.map((port) => ({ attachment, address, port }));
  });
}

function isOf(hostAddress: string, { version }: Family): boolean {
  return hostAddress === '' || parseIp(hostAddress)?.family === version;
}

function hostPort({ port }: Published): Key {
  return { concat: [port.protocol, port.hostPort] };
}

function place({ port }: Published): Key {
  return { concat: [port.hostAddress, port.protocol, port.hostPort] };
}

function guestAddress({ address }: Published): string {
  return address;
}

function guestPort({ port }: Published): number {
  return port.guestPort;
}

function mapped(
  list: (state: NetworkState) => Published[],
  key: (published: Published) => Key,
  value: (published: Published) => string | number,
) {
  return (state: NetworkState) => list(state).map((one) => [key(one), value(one)] as const);
}

function redirect(family: Family, by: 'place' | 'port', key: Expression): Expression {
  const lookUp = (what: string) => ({ map: { key, data: `@${family.named(`${by}_${what}`)}` } });
  return { dnat: { family: family.protocol, addr: lookUp('address'), port: lookUp('port') } };
}

/** Two ports of the host may lead to one of a guest. */
function uniqueKeys<K extends Key>(keys: readonly K[]): K[] {
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}
