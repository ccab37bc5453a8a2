import { formatIp, holdsPrefix, type IpPrefix, parsePrefix } from '../../../lib/ip/address.js';
import { everyone } from '../../../lib/network-policy/policy.js';
import type { Attachment, NetworkState } from './attachment.js';
import { type Family, families } from './family.js';
import type { NamedSet } from './named-set.js';
import { accept, concat, equals, inputLink, inSet, type Rule, type Value } from './nft.js';
import type { NetworkSettings } from './settings.js';

/** Who reaches every port of a guest: other guests by name or all of them, and anyone by address. */

export const allowSets: readonly NamedSet[] = families.flatMap((family) => [
  {
    // Guest to guest, for the names that are allowed: whoever bears a name now.
    name: family.named('peers'),
    type: [family.type, family.type],
    elements: (state) => peers(state, family),
    crossing: true,
  },
  {
    // Guests that all guests reach.
    name: family.named('open'),
    type: family.type,
    elements: ({ attachments }) =>
      attachments
        .filter(({ policy }) => policy.allowFrom.includes(everyone))
        .flatMap((attachment) => family.addressOf(attachment) ?? []),
  },
  {
    // A prefix to a guest.
    name: family.named('prefixes'),
    type: [family.type, family.type],
    flags: ['interval'],
    elements: ({ attachments }) => attachments.flatMap((attachment) => prefixPairs(attachment, family)),
  },
]);

/** For a packet that begins a connection, or goes on with what it began. */
export function allowed(): Rule[] {
  return families.flatMap(({ source, destination, named }) => [
    { expr: [inSet(concat(source, destination), named('peers')), accept] },
    { expr: [inSet(inputLink, 'taps'), inSet(destination, named('open')), accept] },
    { expr: [inSet(concat(source, destination), named('prefixes')), accept] },
  ]);
}

/** The same for answers, which go the other way. To judge them too is what ends an open connection when the right goes. */
export function allowedAnswers(settings: NetworkSettings): Rule[] {
  return families.flatMap(({ source, destination, named, poolOf }) => [
    { expr: [inSet(concat(destination, source), named('peers')), accept] },
    { expr: [inSet(source, named('open')), equals(destination, poolOf(settings)), accept] },
    { expr: [inSet(concat(destination, source), named('prefixes')), accept] },
  ]);
}

function peers({ attachments }: NetworkState, family: Family): { concat: string[] }[] {
  const wanted = new Set(attachments.flatMap(({ policy }) => policy.allowFrom));
  const byName = new Map<string, string[]>();
  for (const attachment of attachments.filter(({ vmName }) => wanted.has(vmName))) {
    const address = family.addressOf(attachment);
    if (address) byName.set(attachment.vmName, [...(byName.get(attachment.vmName) ?? []), address]);
  }
  return attachments.flatMap((attachment) => {
    const target = family.addressOf(attachment);
    const sources = attachment.policy.allowFrom.flatMap((name) => byName.get(name) ?? []);
    return sources.flatMap((source) => (target && source !== target ? [{ concat: [source, target] }] : []));
  });
}

function prefixPairs(attachment: Attachment, family: Family): { concat: Value[] }[] {
  const target = family.addressOf(attachment);
  if (target === undefined) return [];
  const prefixes = attachment.policy.allowFrom.flatMap((source) => parsePrefix(source) ?? []);
  return apart(prefixes.filter(({ family: version }) => version === family.version)).map((prefix) => ({
    concat: [prefixValue(prefix), target],
  }));
}

/** Without those that others hold: elements of an interval set must not overlap. */
function apart(prefixes: readonly IpPrefix[]): IpPrefix[] {
  return prefixes.filter((prefix) => !prefixes.some((other) => other !== prefix && holdsPrefix(other, prefix)));
}

export function prefixValue(prefix: IpPrefix): Value {
  const addr = formatIp(prefix);
  return prefix.length === (prefix.family === 4 ? 32 : 128) ? addr : { prefix: { addr, len: prefix.length } };
}
