import { parsePrefix } from '../../../lib/ip/address.js';
import { domainsOf, type EgressRule, everyone, type NetworkPolicy } from '../../../lib/network-policy/policy.js';
import { prefixValue } from './allow.js';
import type { Attachment, NetworkState, ResolvedAddress } from './attachment.js';
import { type Family, families } from './family.js';
import type { NamedSet } from './named-set.js';
import {
  accept,
  type Element,
  type Expression,
  equals,
  established,
  goTo,
  inSet,
  protocolOf,
  type Rule,
  refuse,
  type SetType,
  targetPort,
} from './nft.js';

/**
 * What guests with egress rules reach: a chain for each of them, found by its tap, and two sets for each of its domains.
 * In `…_new` are the addresses that the guest has been given for the domain, until they expire: they may be connected to.
 * In `…_open` are those that it ever was given: connections that are open go on, and end when the rule goes.
 */

/** Everything in the table that one guest's egress rules are made of. */
export interface EgressChain {
  readonly chain: string;
  readonly sets: readonly (SetType & { readonly elements: readonly Element[] })[];
  readonly rules: readonly Rule[];
}

/** Which chain judges what comes from a tap; none for a guest without egress rules. */
export const egressMap: NamedSet = {
  name: 'egress',
  type: 'ifname',
  map: 'verdict',
  elements: ({ attachments }) => attachments.filter(hasEgress).map(({ tap }) => [tap, goTo(chainOf(tap))] as const),
};

export function egressChains(state: NetworkState): EgressChain[] {
  return state.attachments.filter(hasEgress).map((attachment) => egressChain(attachment, state));
}

function hasEgress({ policy }: Attachment): boolean {
  return policy.egress.length > 0;
}

function chainOf(tap: string): string {
  return `egress_${tap}`;
}

function egressChain({ vmUid, tap, policy }: Attachment, { resolved, asOf }: NetworkState): EgressChain {
  const domains = domainsOf(policy);
  const own = resolved.filter((entry) => entry.vmUid === vmUid);
  const setOf = (domain: string) => `${chainOf(tap)}_${domains.indexOf(domain)}`;
  return {
    chain: chainOf(tap),
    sets: domains.flatMap((domain) =>
      domainSets(
        setOf(domain),
        own.filter((entry) => entry.domain === domain),
        asOf,
      ),
    ),
    rules: [...policy.egress.flatMap((rule) => rulesOf(rule, setOf)), { expr: [standard(policy)] }],
  };
}

/** What no rule matches. */
function standard({ egress }: NetworkPolicy): Expression {
  return egress.every(({ action }) => action === 'deny') ? accept : refuse;
}

function rulesOf(rule: EgressRule, setOf: (domain: string) => string): Rule[] {
  const verdict = rule.action === 'allow' ? accept : refuse;
  return destinations(rule, setOf).map((match) => ({ expr: [...match, ...portMatch(rule), verdict] }));
}

/** The matches of a rule's destination, each a rule of its own in the kernel. */
function destinations({ destination, action }: EgressRule, setOf: (domain: string) => string): Expression[][] {
  if (destination === everyone) return [[]];
  const prefix = parsePrefix(destination);
  if (prefix !== undefined) {
    const own = families.filter(({ version }) => version === prefix.family);
    return own.map((family) => [equals(family.destination, prefixValue(prefix))]);
  }
  return families.flatMap((family) => {
    const { fresh, known } = setNames(setOf(destination), family);
    const open = [established, inSet(family.destination, known)];
    return [[inSet(family.destination, fresh)], ...(action === 'allow' ? [open] : [])];
  });
}

function portMatch({ port, protocol }: EgressRule): Expression[] {
  const protocols = protocol === 'any' ? { set: ['tcp', 'udp'] } : protocol;
  const isProtocol = protocol === 'any' && port === 0 ? [] : [equals(protocolOf, protocols)];
  return [...isProtocol, ...(port === 0 ? [] : [equals(targetPort, port)])];
}

function domainSets(name: string, entries: readonly ResolvedAddress[], asOf: number): EgressChain['sets'] {
  return families.flatMap((family) => {
    const own = entries.filter(({ address }) => parsePrefix(address)?.family === family.version);
    const { fresh, known } = setNames(name, family);
    const alive = own.filter(({ expires }) => expires > asOf);
    const timed = alive.map(({ address, expires }) => ({
      elem: { val: address, timeout: Math.ceil((expires - asOf) / 1000) },
    }));
    return [
      { name: fresh, type: family.type, flags: ['timeout'] as const, elements: timed },
      { name: known, type: family.type, elements: own.map(({ address }) => address) },
    ];
  });
}

function setNames(name: string, family: Family): { readonly fresh: string; readonly known: string } {
  return { fresh: family.named(`${name}_new`), known: family.named(`${name}_open`) };
}
