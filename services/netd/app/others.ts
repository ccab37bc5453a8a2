import { isEmpty, type NetworkState } from '../domain/attachment.js';
import { survey } from '../domain/others/accepts.js';
import { type Edit, editsFor, othersChains } from '../domain/others/edits.js';
import { interestsOf } from '../domain/others/guests.js';
import { chainTitle } from '../domain/others/ruleset.js';
import type { Network } from './network.js';

/** How often a change is tried that fails because the others change their rules at the same time. */
const attempts = 3;

/**
 * Makes the chains of other firewalls let pass what a state of the network needs, and nothing for an empty one. What
 * cannot be changed is logged, and told by the host check: a VM without a way out is better than none.
 */
export async function openOthers(network: Network, state: NetworkState): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const edits = await editsOfOthers(network, state);
    const failed = [];
    for (const edit of edits) if (!(await succeeds(network, edit, attempt))) failed.push(edit);
    if (failed.length === 0) return;
  }
}

/** What is to be changed in the chains of others; none when all is right. */
export async function editsOfOthers({ others, settings, log }: Network, state: NetworkState): Promise<Edit[]> {
  try {
    const chains = await others.chains();
    const { wanted } = survey(othersChains(chains, settings.mark), interestsOf(settings, state));
    return editsFor(chains, wanted, settings.mark);
  } catch (error) {
    log.warn({ err: error }, 'cannot read the rules of other firewalls');
    return [];
  }
}

/** Whether two states need the same of others: then nobody has to look. */
export function needTheSame({ settings }: Network, before: NetworkState, after: NetworkState): boolean {
  if (isEmpty(before) !== isEmpty(after)) return false;
  return JSON.stringify(interestsOf(settings, before)) === JSON.stringify(interestsOf(settings, after));
}

async function succeeds({ others, log }: Network, edit: Edit, attempt: number): Promise<boolean> {
  const chain = chainTitle(edit.chain);
  try {
    await others.change(edit);
    log.info(
      { chain, removed: edit.remove.length, added: edit.insert.length },
      'accepts in a chain of another firewall',
    );
    return true;
  } catch (error) {
    if (attempt === attempts) log.warn({ err: error, chain }, 'cannot change a chain of another firewall');
    return false;
  }
}
