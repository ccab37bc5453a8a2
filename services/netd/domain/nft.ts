/** The words of libnftables-json(5), as far as netd uses them. */

export type NftCommand = { readonly add: object } | { readonly delete: object } | { readonly flush: object };

/** A statement or a match. */
export type Expression = Readonly<Record<string, unknown>>;

export interface Rule {
  readonly expr: readonly Expression[];
  readonly comment?: string;
}

/** One value of an element: a word, a number, or a prefix. */
export type Value = string | number | { readonly prefix: { readonly addr: string; readonly len: number } };

/** A key of a set or map: one value, or a concatenation of several. */
export type Key = Value | { readonly concat: readonly Value[] };

/** An element of a set, one with a time-out in seconds, or a key of a map with what it stands for. */
export type Element =
  | Key
  | { readonly elem: { readonly val: Key; readonly timeout: number } }
  | readonly [key: Key, value: Value | Expression];

/** What a set is; a map says in `map` what its keys stand for. */
export interface SetType {
  readonly name: string;
  readonly type: string | readonly string[];
  readonly map?: string;
  readonly flags?: readonly ('interval' | 'timeout')[];
}

export const accept = { accept: null };
export const drop = { drop: null };
export const masquerade = { masquerade: null };
export const refuse = { reject: { type: 'icmpx', expr: 'admin-prohibited' } };
export const jump = (target: string) => ({ jump: { target } });
export const goTo = (target: string) => ({ goto: { target } });

export const inputLink = { meta: { key: 'iifname' } };
/** The card that a frame comes from. */
export const card = field('ether', 'saddr');
export const outputLink = { meta: { key: 'oifname' } };
export const protocolOf = { meta: { key: 'l4proto' } };
export const sourcePort = field('th', 'sport');
export const targetPort = field('th', 'dport');
const destinationType = { fib: { result: 'type', flags: ['daddr'] } };

/** Addressed to the host itself, at any of its addresses. */
export const toHost = equals(destinationType, 'local');
/** Of a connection that was let in, or about one. */
export const answers = match('in', { ct: { key: 'state' } }, ['established', 'related']);
export const established = match('in', { ct: { key: 'state' } }, 'established');
/** Not of a connection, but about one: such as an ICMP error. */
export const related = match('in', { ct: { key: 'state' } }, 'related');
/** From the side that did not begin the connection. */
export const isReply = equals({ ct: { key: 'direction' } }, 'reply');
/** Of a connection whose destination was rewritten. */
export const redirected = match('in', { ct: { key: 'status' } }, 'dnat');

export function field(protocol: string, name: string): Expression {
  return { payload: { protocol, field: name } };
}

export function concat(...parts: readonly Expression[]): Expression {
  return { concat: parts };
}

/** A destination port, of UDP and TCP alike. */
export function port(number: number): Expression[] {
  return [equals(protocolOf, { set: ['tcp', 'udp'] }), equals(targetPort, number)];
}

export function inSet(left: Expression, set: string): Expression {
  return equals(left, `@${set}`);
}

export function notInSet(left: Expression, set: string): Expression {
  return notEquals(left, `@${set}`);
}

export function equals(left: Expression, right: unknown): Expression {
  return match('==', left, right);
}

export function notEquals(left: Expression, right: unknown): Expression {
  return match('!=', left, right);
}

function match(op: string, left: Expression, right: unknown): Expression {
  return { match: { op, left, right } };
}
