import { formatIpv4 } from './ipv4.js';
import type { NetworkSettings } from './settings.js';

/** A statement or a match in the words of libnftables-json(5). */
type Expression = Readonly<Record<string, unknown>>;

interface Rule {
  readonly expr: readonly Expression[];
  readonly comment?: string;
}

interface Chain {
  readonly name: string;
  readonly type: 'filter' | 'nat';
  readonly hook: 'prerouting' | 'input' | 'forward' | 'postrouting';
  readonly prio: number;
  readonly policy: 'accept';
  readonly rules: readonly Rule[];
}

/** Priorities that nft calls raw, dstnat, filter and srcnat: nft(8), "standard priority names". */
const priority = { raw: -300, dstnat: -100, filter: 0, srcnat: 100 };
const dnsPort = 53;

/**
 * The chains, in the order in which a packet meets them. Packets that neither come from a tap of ours nor go to one, nor
 * come from an address with NAT, pass every chain untouched.
 */
export function chains(settings: NetworkSettings, firstComment: string): Chain[] {
  return [
    chain('anti_spoof', 'filter', 'prerouting', priority.raw, antiSpoof(firstComment)),
    chain('dns', 'nat', 'prerouting', priority.dstnat, redirectDns(settings)),
    chain('outbound', 'filter', 'prerouting', priority.filter, outbound(settings)),
    chain('input', 'filter', 'input', priority.filter, input(settings)),
    chain('forward', 'filter', 'forward', priority.filter, forward()),
    chain('masquerade', 'nat', 'postrouting', priority.srcnat, [{ expr: [inSet(sourcePair, 'nat'), masquerade] }]),
  ];
}

/** A guest speaks for its own card and address only; all else, IPv6 too, ends before connection tracking sees it. */
function antiSpoof(comment: string): Rule[] {
  return [
    { expr: [notInSet(inputLink, 'taps'), accept], comment },
    { expr: [inSet({ concat: [inputLink, field('ether', 'saddr'), sourceAddress] }, 'guests'), accept] },
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
    { expr: [drop] },
  ];
}

/**
 * Guests without NAT, and what is sent to addresses of the pool, go nowhere. Judged before routing, for a host that does
 * not forward drops such packets without a word; told at once, a program in the guest says "unreachable" instead of
 * waiting for minutes.
 */
function outbound(settings: NetworkSettings): Rule[] {
  const pool = { prefix: { addr: formatIpv4(settings.pool.network), len: settings.pool.length } };
  return [
    { expr: [notInSet(inputLink, 'taps'), accept] },
    { expr: [inSet(sourcePair, 'nat'), notEquals(field('ip', 'daddr'), pool), accept] },
    { expr: [equals({ fib: { result: 'type', flags: ['daddr'] } }, 'local'), accept] },
    { expr: [{ reject: { type: 'icmpx', expr: 'admin-prohibited' } }] },
  ];
}

/** Into a guest come answers to what it was allowed to ask, and nothing else from outside the host. */
function forward(): Rule[] {
  return [
    { expr: [inSet({ concat: [outputLink, field('ip', 'daddr')] }, 'nat'), answers, accept] },
    { expr: [inSet(outputLink, 'taps'), drop] },
  ];
}

const inputLink = { meta: { key: 'iifname' } };
const outputLink = { meta: { key: 'oifname' } };
const sourceAddress = field('ip', 'saddr');
const sourcePair = { concat: [inputLink, sourceAddress] };
const accept = { accept: null };
const drop = { drop: null };
const masquerade = { masquerade: null };
const answers = match('in', { ct: { key: 'state' } }, ['established', 'related']);

function chain(name: string, type: Chain['type'], hook: Chain['hook'], prio: number, rules: readonly Rule[]): Chain {
  return { name, type, hook, prio, policy: 'accept', rules };
}

function toGateway(settings: NetworkSettings): Expression {
  return equals(field('ip', 'daddr'), settings.pool.gateway);
}

/** A destination port, of UDP and TCP alike. */
function port(number: number): Expression[] {
  return [equals({ meta: { key: 'l4proto' } }, { set: ['tcp', 'udp'] }), equals(field('th', 'dport'), number)];
}

function field(protocol: string, name: string): Expression {
  return { payload: { protocol, field: name } };
}

function inSet(left: Expression, set: string): Expression {
  return equals(left, `@${set}`);
}

function notInSet(left: Expression, set: string): Expression {
  return notEquals(left, `@${set}`);
}

function equals(left: Expression, right: unknown): Expression {
  return match('==', left, right);
}

function notEquals(left: Expression, right: unknown): Expression {
  return match('!=', left, right);
}

function match(op: string, left: Expression, right: unknown): Expression {
  return { match: { op, left, right } };
}
