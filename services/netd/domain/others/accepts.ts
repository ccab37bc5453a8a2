import { fateIn, type Place } from './fate.js';
import type { Interest } from './guests.js';
import type { Probe } from './probe.js';
import { type Chain, chainsBeside } from './ruleset.js';

/**
 * Which accepts our packets need in chains of others, and where.
 *
 * An accept ends the chain that it stands in, and no other: every chain on the packet's way has its say, ours included.
 * So what we add elsewhere says no more than that this chain has nothing against a guest's packet; our own table still
 * drops it unless the guest may send it.
 *
 * The place is just before what would drop the packet, and after everything that somebody wants dropped in particular.
 */
export interface Accept {
  readonly link: string;
  readonly direction: Probe['direction'];
  /** With an address: from it whatever it sends, to it answers only, for our table does not judge a script's link. */
  readonly address?: string;
}

export interface WantedAccept extends Place {
  readonly accept: Accept;
}

export interface Survey {
  readonly wanted: readonly WantedAccept[];
  /** Chains that drop our guests' packets by a rule that names them: on purpose, it seems. */
  readonly refusing: readonly Chain[];
}

/** `chains` are those of others, without what we have added to them. */
export function survey(chains: readonly Chain[], interests: readonly Interest[]): Survey {
  const wanted = new Map<string, WantedAccept>();
  const refusing = new Set<Chain>();
  const bases = chains.filter(({ hook }) => hook === 'forward' || hook === 'input');
  for (const base of bases) {
    const beside = chainsBeside(base, chains);
    for (const interest of interests) {
      for (const probe of interest.probes.filter((one) => enters(base, one))) {
        const fate = fateIn(base, beside, probe);
        if (fate.refused) refusing.add(base);
        const accept = { link: interest.link, direction: probe.direction, address: interest.address };
        for (const place of fate.drops.map((at) => preferred(at, base, beside))) {
          wanted.set(keyOf(place, accept), { ...place, accept });
        }
      }
    }
  }
  return { wanted: [...wanted.values()], refusing: [...refusing] };
}

function enters(base: Chain, { hook, family }: Probe): boolean {
  return base.hook === hook && (base.family === 'inet' || base.family === family);
}

/** Where Docker wants other people's rules: it leaves this chain alone. docs.docker.com, "Packet filtering and firewalls". */
const dockersChain = 'DOCKER-USER';

function preferred(place: Place, base: Chain, beside: ReadonlyMap<string, Chain>): Place {
  const chain = beside.get(dockersChain);
  const leadsThere = base.rules.some(({ verdict }) => verdict?.kind === 'jump' && verdict.target === dockersChain);
  if (base.hook !== 'forward' || chain === undefined || !leadsThere) return place;
  // After what people have put there, and before the "return" that Docker ends it with.
  const last = chain.rules.at(-1);
  const ends = last?.verdict?.kind === 'return' && last.conditions.length === 0;
  return { chain, index: chain.rules.length - Number(ends) };
}

function keyOf({ chain, index }: Place, { link, direction, address = '' }: Accept): string {
  return [chain.tool, chain.family, chain.table, chain.name, index, link, direction, address].join(' ');
}
