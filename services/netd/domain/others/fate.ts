import { matchesRule, namesLink, type Probe } from './probe.js';
import type { Chain, Rule } from './ruleset.js';

/**
 * What other people's chains make of a packet of ours. Only what is sure to drop it counts: a rule that drops some packets
 * of a probe, and not all, is somebody's wish for just those, and is left to have its way. Where a packet may turn off,
 * both ways are followed.
 */
export interface Fate {
  /** Where the packet may end, with everything else that got so far. */
  readonly drops: readonly Place[];
  /** Whether it may end at a rule that names our links. */
  readonly refused: boolean;
}

/** Between the rules of a chain: before the one of that number, counted from 0, or at the end. */
export interface Place {
  readonly chain: Chain;
  readonly index: number;
}

/** How deep chains may lead to each other: the kernel's own limit, NFT_JUMP_STACK_SIZE. */
const maxDepth = 16;

/** Follows a packet from the base chain on. */
export function fateIn(base: Chain, beside: ReadonlyMap<string, Chain>, probe: Probe): Fate {
  const { drops, refused, continues } = walk({ chain: base, beside, probe, depth: 0 });
  if (!continues || base.policy !== 'drop') return { drops, refused };
  return { drops: [...drops, aboveLogs({ chain: base, index: base.rules.length }, beside)], refused };
}

interface Walk {
  readonly chain: Chain;
  readonly beside: ReadonlyMap<string, Chain>;
  readonly probe: Probe;
  readonly depth: number;
}

/** `continues` is whether the packet may come out of the chain again. */
interface Result extends Fate {
  readonly continues: boolean;
}

function walk(here: Walk): Result {
  const { chain, beside, probe, depth } = here;
  const drops: Place[] = [];
  let refused = false;
  let continues = depth >= maxDepth;
  for (const [index, rule] of continues ? [] : chain.rules.entries()) {
    const { verdict } = rule;
    const answer = matchesRule(rule, probe);
    if (verdict?.kind === 'return' && answer !== 'no') continues = true;
    if (verdict === undefined || answer !== 'yes') continue;
    if (verdict.kind === 'drop' && namesLink(rule, probe)) return { drops, refused: true, continues };
    if (verdict.kind === 'drop') drops.push(aboveLogs({ chain, index }, beside));
    if (!('target' in verdict)) return { drops, refused, continues };
    const inner = follow(here, verdict.target);
    drops.push(...inner.drops);
    refused ||= inner.refused;
    if (verdict.kind === 'goto') return { drops, refused, continues: continues || inner.continues };
    if (!inner.continues) return { drops, refused, continues };
  }
  return { drops, refused, continues: true };
}

function follow(here: Walk, target: string): Result {
  const chain = here.beside.get(target);
  if (chain === undefined) return { drops: [], refused: false, continues: true };
  return walk({ ...here, chain, depth: here.depth + 1 });
}

/** Above the rules that only say what is going to be dropped: they would say it of packets that then pass. */
function aboveLogs({ chain, index }: Place, beside: ReadonlyMap<string, Chain>): Place {
  let above = index;
  while (above > 0 && isMute(chain.rules[above - 1], beside, 0)) above -= 1;
  return { chain, index: above };
}

function isMute(rule: Rule | undefined, beside: ReadonlyMap<string, Chain>, depth: number): boolean {
  if (rule?.verdict === undefined) return true;
  if (!('target' in rule.verdict) || rule.verdict.kind === 'goto' || depth >= maxDepth) return false;
  const target = beside.get(rule.verdict.target);
  return target?.rules.every((inner) => isMute(inner, beside, depth + 1)) ?? true;
}
