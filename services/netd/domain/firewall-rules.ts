import { allowed, allowedAnswers } from './allow.js';
import { families, ipv6 } from './family.js';
import { neighbourDiscovery, toIpv6Gateway } from './firewall-ipv6.js';
import {
  accept,
  answers,
  card,
  concat,
  drop,
  type Expression,
  equals,
  field,
  goTo,
  inputLink,
  inSet,
  isReply,
  jump,
  masquerade,
  notInSet,
  outputLink,
  port,
  type Rule,
  refuse,
  related,
  toHost,
} from './nft.js';
import { fromPublished, masqueradePublished, redirectPublished, toPublished } from './publish.js';
import type { NetworkSettings } from './settings.js';

interface Chain {
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Where the kernel calls it; absent for one that only other chains call. */
  readonly at?: Hook;
}

interface Hook {
  readonly type: 'filter' | 'nat';
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
  readonly prio: number;
  readonly policy: 'accept';
}

/**
 * Priorities, with the names that nft(8) has for them. `outbound` is judged before addresses are rewritten, so that its
 * rules are about what the guest meant; others' publications, at `dstnat`, go before ours.
 */
const priority = { raw: -300, outbound: -150, dstnat: -100, publish: -99, filter: 0, srcnat: 100 };
const dnsPort = 53;

/**
 * The chains, in the order in which a packet meets them, and behind them those that they call. Packets that neither come
 * from a tap of ours nor go to one, nor come from an address with NAT, pass every chain untouched, unless they are for a
 * port that is published.
 */
export function chains(settings: NetworkSettings, firstComment: string): Chain[] {
  return [
    base('anti_spoof', 'filter', 'prerouting', priority.raw, antiSpoof(firstComment)),
    base('outbound', 'filter', 'prerouting', priority.outbound, outbound(settings)),
    base('dns', 'nat', 'prerouting', priority.dstnat, redirectDns(settings)),
    base('publish', 'nat', 'prerouting', priority.publish, redirectPublished()),
    base('publish_local', 'nat', 'output', priority.publish, redirectPublished()),
    base('input', 'filter', 'input', priority.filter, input(settings)),
    base('forward', 'filter', 'forward', priority.filter, forward(settings)),
    base('masquerade', 'nat', 'postrouting', priority.srcnat, masqueraded(settings)),
    { name: 'to_others', rules: toOthers() },
    { name: 'allowed', rules: allowed() },
    { name: 'allowed_answers', rules: allowedAnswers(settings) },
    { name: 'outbound_answers', rules: outboundAnswers() },
    { name: 'inbound_answers', rules: inboundAnswers() },
  ];
}

/**
 * A guest speaks for its own card and addresses only; all else ends before connection tracking sees it. So does
 * what is for the loopback: where a port is published there, the kernel would take it from a guest's tap.
 */
function antiSpoof(comment: string): Rule[] {
  return [
    { expr: [notInSet(inputLink, 'taps'), accept], comment },
    ...families.map(({ destination, loopback }) => ({ expr: [equals(destination, loopback), drop] })),
    ...families.map(({ source, named }) => ({
      expr: [inSet(concat(inputLink, card, source), named('guests')), accept],
    })),
    ...neighbourDiscovery(),
    { expr: [drop] },
  ];
}

function redirectDns(settings: NetworkSettings): Rule[] {
  const fromGuest = inSet(inputLink, 'taps');
  return [{ expr: [fromGuest, toGateway(settings), ...port(dnsPort), { redirect: { port: settings.dnsPort } }] }];
}

/** Of the host, guests reach answers, the DNS listener and ping. */
function input(settings: NetworkSettings): Rule[] {
  return [
    { expr: [notInSet(inputLink, 'taps'), accept] },
    { expr: [answers, accept] },
    { expr: [toGateway(settings), ...port(settings.dnsPort), accept] },
    { expr: [toGateway(settings), equals(field('icmp', 'type'), 'echo-request'), accept] },
    ...toIpv6Gateway(settings),
    { expr: [drop] },
  ];
}

/**
 * Where guests may send. Judged before routing, for a host that does not forward drops such packets without a word; told
 * at once, a program in the guest says "unreachable" instead of waiting for minutes.
 */
function outbound(settings: NetworkSettings): Rule[] {
  return [
    { expr: [notInSet(inputLink, 'taps'), accept] },
    { expr: [isReply, goTo('outbound_answers')] },
    { expr: [toGateway(settings), accept] },
    ...toIpv6Gateway(settings),
    { expr: [jump('allowed')] },
    // Nobody's NAT leads to other guests, nor to what is only for the hosts of a link.
    ...families.map(({ destination, hostsOnly, poolOf }) => ({
      expr: [equals(destination, { set: [poolOf(settings), ...hostsOnly] }), refuse],
    })),
    ...families.map(({ source, named }) => ({
      expr: [inSet(concat(inputLink, source), named('nat')), goTo('to_others')],
    })),
    { expr: [refuse] },
  ];
}

/** Where a guest with NAT may send: everywhere, unless it has egress rules. */
function toOthers(): Rule[] {
  return [{ expr: [related, accept] }, { expr: [{ vmap: { key: inputLink, data: '@egress' } }] }, { expr: [accept] }];
}

/** What a guest answers to those who were let in. */
function outboundAnswers(): Rule[] {
  return [
    { expr: [toHost, accept] },
    ...fromPublished(),
    { expr: [jump('allowed_answers')] },
    { expr: [related, accept] },
    { expr: [refuse] },
  ];
}

/** Into a guest come answers to what it was allowed to ask, and who is allowed or has a port of it published. */
function forward(settings: NetworkSettings): Rule[] {
  return [
    { expr: [notInSet(outputLink, 'taps'), accept] },
    { expr: [isReply, goTo('inbound_answers')] },
    // A guest's address is at its tap and nowhere else.
    ...families.map(({ source, poolOf }) => ({
      expr: [notInSet(inputLink, 'taps'), equals(source, poolOf(settings)), drop],
    })),
    { expr: [related, accept] },
    ...toPublished(),
    { expr: [jump('allowed')] },
    { expr: [drop] },
  ];
}

function inboundAnswers(): Rule[] {
  return [
    ...families.map(({ destination, named }) => ({
      expr: [inSet(concat(outputLink, destination), named('nat')), answers, accept],
    })),
    { expr: [jump('allowed_answers')] },
    { expr: [drop] },
  ];
}

/** Guests with NAT appear with the host's address, except to other guests, and where their own is known to the world. */
function masqueraded({ ipv6: own }: NetworkSettings): Rule[] {
  const hidden = families.filter((family) => family !== ipv6 || !own?.routed);
  return [
    ...masqueradePublished(),
    { expr: [inSet(outputLink, 'taps'), accept] },
    ...hidden.map(({ source, named }) => ({ expr: [inSet(concat(inputLink, source), named('nat')), masquerade] })),
  ];
}

function base(name: string, type: Hook['type'], hook: Hook['hook'], prio: number, rules: readonly Rule[]): Chain {
  return { name, rules, at: { type, hook, prio, policy: 'accept' } };
}

function toGateway(settings: NetworkSettings): Expression {
  return equals(field('ip', 'daddr'), settings.pool.gateway);
}
