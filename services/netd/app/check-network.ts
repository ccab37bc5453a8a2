import type { CheckHost, HostFinding, Observation } from '../../../lib/finding.js';
import { isEmpty } from '../domain/attachment.js';
import { survey, type WantedAccept } from '../domain/others/accepts.js';
import { type Edit, editsFor, othersChains } from '../domain/others/edits.js';
import { interestsOf, tapInterest } from '../domain/others/guests.js';
import { firewallName } from '../domain/others/names.js';
import { type Chain, chainTitle } from '../domain/others/ruleset.js';
import type { Network } from './network.js';

/**
 * What `check` finds, and what only a look at the rules of all shows: which firewalls would drop guests' packets,
 * what was added to them, and what somebody else has changed while netd ran. It runs programs, so it is not for every
 * change.
 */
export function checkNetwork(network: Network, check: CheckHost): CheckHost {
  return async (wanted) => {
    const findings = await check(wanted);
    if (!wanted.includes('vm-start')) return findings;
    const more = [...(await lookAtFirewalls(network)), ...lookAtRepairs(network)];
    return [...findings, ...more.map((observation): HostFinding => ({ purpose: 'vm-start', ...observation }))];
  };
}

async function lookAtFirewalls({ others, settings, store }: Network): Promise<Observation[]> {
  try {
    const chains = await others.chains();
    const theirs = othersChains(chains, settings.mark);
    const state = store.state();
    const { wanted, refusing } = survey(
      theirs,
      isEmpty(state) ? [tapInterest(settings)] : interestsOf(settings, state),
    );
    const pending = isEmpty(state) ? [] : editsFor(chains, wanted, settings.mark);
    const names = [
      ...new Set([...wanted, ...refusing.map((chain) => ({ chain }))].map(({ chain }) => firewallName(chain, theirs))),
    ];
    if (names.length === 0) return [noFirewall];
    const of = (name: string) => (one: { chain: Chain }) => firewallName(one.chain, theirs) === name;
    return names.flatMap((name) => [
      ...told(name, wanted.filter(of(name)), pending.filter(of(name)), isEmpty(state)),
      ...refusing.filter((chain) => of(name)({ chain })).map((chain) => refused(name, chain, settings.tapPrefix)),
    ]);
  } catch (error) {
    const found = `its rules cannot be read: ${(error as Error).message}`;
    return [{ ...base('the firewall'), severity: 'warning', found, remedy: 'see `nft list ruleset`' }];
  }
}

const base = (subject: string) => ({ type: 'NETWORK', subject }) as const;

const noFirewall: Observation = {
  ...base('other firewalls'),
  severity: 'ok',
  found: 'none drops the packets of guests',
  remedy: '',
};

function told(name: string, wanted: readonly WantedAccept[], pending: readonly Edit[], isIdle: boolean): Observation[] {
  if (wanted.length === 0) return [];
  const titles = (list: readonly { chain: Chain }[]) =>
    [...new Set(list.map(({ chain }) => chainTitle(chain)))].join(', ');
  if (pending.length > 0) {
    const found = `drops the packets of guests, and netd could not add its accepts to ${titles(pending)}`;
    return [
      {
        ...base(name),
        severity: 'warning',
        found,
        remedy: 'see netd’s log; docs/network.md shows the rules to add by hand',
      },
    ];
  }
  const found = isIdle
    ? `drops what it does not know; accepts for guests come with the first VM, in ${titles(wanted)}`
    : `accepts for guests are in ${titles(wanted)}`;
  return [{ ...base(name), severity: 'ok', found, remedy: '' }];
}

function refused(name: string, chain: Chain, tapPrefix: string): Observation {
  const found = `a rule from ${chainTitle(chain)} on drops the packets of ${tapPrefix}*, and is left alone`;
  return { ...base(name), severity: 'warning', found, remedy: 'remove that rule, if guests shall have a network' };
}

function lookAtRepairs({ memory }: Network): Observation[] {
  const subject = 'the network of vms';
  const cutOff = [...new Set(memory.cutOff.values())].map(
    (vm): Observation => ({
      ...base(subject),
      severity: 'warning',
      found: `the tap of ${vm} was removed while it ran, and it has no network`,
      remedy: `banger vm restart ${vm}`,
    }),
  );
  const unmended = memory.unmended.map(
    (what): Observation => ({
      ...base(subject),
      severity: 'warning',
      found: `somebody else has changed it, and it cannot be put right: ${what}`,
      remedy: 'see netd’s log',
    }),
  );
  const last = memory.repairs.at(-1);
  if (last === undefined) return [...cutOff, ...unmended];
  const found = `put right ${memory.repairCount} times after a change by somebody else, last at ${last.time.toISOString()}: ${last.what}`;
  return [...cutOff, ...unmended, { ...base(subject), severity: 'ok', found, remedy: '' }];
}
