import { type Chain, type Condition, type Family, protocolName, type Rule, unknown, type Verdict } from './ruleset.js';

/** What `nft -j list ruleset` prints, as far as we read it: libnftables-json(5). */
export interface NftListing {
  readonly nftables: readonly NftEntry[];
}

interface NftEntry {
  readonly chain?: NftChain;
  readonly rule?: NftRule;
}

interface NftChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly type?: string;
  readonly hook?: string;
  readonly policy?: string;
}

interface NftRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  readonly comment?: string;
  readonly expr: readonly Expression[];
}

type Expression = Readonly<Record<string, unknown>>;

/** Those that see IP packets. */
const families: readonly string[] = ['ip', 'ip6', 'inet'];

/** The chains of a ruleset that may drop packets; translating addresses drops none. */
export function parseNftListing({ nftables }: NftListing): Chain[] {
  const rules = new Map<string, Rule[]>();
  for (const { rule } of nftables) {
    if (rule === undefined) continue;
    const chain = keyOf(rule, rule.chain);
    rules.set(chain, [...(rules.get(chain) ?? []), parseRule(rule)]);
  }
  return nftables.flatMap(({ chain }) =>
    chain && families.includes(chain.family) && chain.type !== 'nat'
      ? [toChain(chain, rules.get(keyOf(chain, chain.name)) ?? [])]
      : [],
  );
}

function keyOf({ family, table }: { family: string; table: string }, chain: string): string {
  return `${family} ${table} ${chain}`;
}

function toChain({ family, table, name, hook, policy }: NftChain, rules: readonly Rule[]): Chain {
  const base = hook === undefined ? {} : ({ hook, policy: policy === 'drop' ? 'drop' : 'accept' } as const);
  return { tool: 'nft', family: family as Family, table, name, ...base, rules };
}

function parseRule({ expr, comment, handle }: NftRule): Rule {
  const lasting = expr.filter((part) => !('counter' in part));
  return {
    conditions: lasting.flatMap(conditionsOf),
    verdict: lasting.map(verdictOf).find((verdict) => verdict !== undefined),
    comment,
    text: JSON.stringify(lasting),
    handle,
  };
}

function verdictOf(part: Expression): Verdict | undefined {
  if ('accept' in part) return { kind: 'accept' };
  if ('drop' in part || 'reject' in part) return { kind: 'drop' };
  if ('return' in part) return { kind: 'return' };
  for (const kind of ['jump', 'goto'] as const) {
    if (kind in part) return { kind, target: (part[kind] as { target: string }).target };
  }
  const extension = part.xt as { type?: string; name?: string } | undefined;
  return extension?.type === 'target' && extension.name === 'REJECT' ? { kind: 'drop' } : undefined;
}

/** Statements after which a rule may go on or not, by what came before or by something that we do not look up. */
const selective = ['limit', 'quota', 'meter', 'ct count', 'vmap', 'xt'];

function conditionsOf(part: Expression): Condition[] {
  if ('match' in part) return ofMatch(part.match as Match);
  const extension = part.xt as { type?: string; name?: string } | undefined;
  // These ask nothing of the packet.
  if (extension && (extension.type === 'target' || extension.name === 'comment')) return [];
  return selective.some((name) => name in part) ? [unknown] : [];
}

interface Match {
  readonly op: string;
  readonly left: unknown;
  readonly right: unknown;
}

interface Left {
  readonly meta?: { key: string };
  readonly payload?: { protocol?: string; field?: string };
  readonly ct?: { key: string };
  readonly fib?: { result?: string; flags?: unknown };
}

function ofMatch({ op, left, right }: Match): Condition[] {
  const { meta, payload, ct, fib } = left as Left;
  const values = valuesOf(right);
  if (values === undefined || !['==', '!=', 'in'].includes(op)) return [unknown];
  const condition = (field: Condition['field'], list: readonly string[] = values): Condition => ({
    field,
    negated: op === '!=',
    values: list,
  });
  if (ct?.key === 'state') return [condition('state')];
  if (fib?.result === 'type' && String(fib.flags) === 'daddr') return [condition('destination-type')];
  if (payload) return ofPayload(payload, condition, values);
  if (meta?.key === 'iifname' || meta?.key === 'iif') return [condition('in-link')];
  if (meta?.key === 'oifname' || meta?.key === 'oif') return [condition('out-link')];
  if (meta?.key === 'l4proto') return [condition('protocol', values.map(protocolName))];
  if (meta?.key === 'nfproto') return [condition('family', values.map(familyName))];
  return [unknown];
}

/** A look at a header holds only for packets that have it. */
function ofPayload(
  { protocol = '', field = '' }: { protocol?: string; field?: string },
  condition: (field: Condition['field'], list?: readonly string[]) => Condition,
  values: readonly string[],
): Condition[] {
  const has = (name: 'family' | 'protocol', value: string): Condition => ({
    field: name,
    negated: false,
    values: [value],
  });
  if (protocol === 'ip' || protocol === 'ip6') {
    const family = has('family', protocol);
    if (field === 'saddr') return [family, condition('source')];
    if (field === 'daddr') return [family, condition('destination')];
    if (field === 'protocol' || field === 'nexthdr') return [family, condition('protocol', values.map(protocolName))];
    return [family, unknown];
  }
  if (protocol === 'th' && field === 'dport') return [condition('port')];
  const rest = field === 'dport' ? condition('port') : unknown;
  return [has('protocol', protocolName(protocol)), rest];
}

function familyName(name: string): string {
  return { ipv4: 'ip', ipv6: 'ip6' }[name] ?? name;
}

/** The values of the right side, or undefined when they stand elsewhere, as in a named set. */
function valuesOf(right: unknown): string[] | undefined {
  if (typeof right === 'number') return [String(right)];
  if (typeof right === 'string') return right.startsWith('@') ? undefined : [right];
  if (Array.isArray(right)) return allOf(right);
  const { set, prefix, range } = (right ?? {}) as {
    set?: unknown[];
    prefix?: { addr: unknown; len: number };
    range?: [unknown, unknown];
  };
  if (Array.isArray(set)) return allOf(set);
  if (prefix && typeof prefix.addr === 'string') return [`${prefix.addr}/${prefix.len}`];
  if (range) return [`${range[0]}-${range[1]}`];
  return undefined;
}

function allOf(list: readonly unknown[]): string[] | undefined {
  const values = list.map(valuesOf);
  return values.every((value) => value !== undefined) ? values.flat() : undefined;
}
