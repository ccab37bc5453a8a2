import { type Attachment, isEmpty, type NetworkState } from '../domain/attachment.js';
import { missingLines } from '../domain/drift.js';
import { tableComment } from '../domain/firewall.js';
import { chainTitle } from '../domain/others/ruleset.js';
import type { Network } from './network.js';
import { editsOfOthers } from './others.js';
import { forwardingsOf } from './rules.js';

/** What is no longer as netd made it. */
export interface Drift {
  /** In words, one for each thing. */
  readonly found: readonly string[];
  /** The attachments whose tap, addresses, route or neighbour entry is concerned. */
  readonly attachments: readonly Attachment[];
  /** Those of them whose tap is gone while a process had it open: nothing but a restart gives the VM its network back. */
  readonly cutOff: readonly Attachment[];
  /** Our table or forwarding. */
  readonly rules: boolean;
  /** Chains of others. */
  readonly others: boolean;
  /** Taps that a process has open. */
  readonly openTaps: ReadonlySet<string>;
}

/** Holds the host against the store. Changes nothing. */
export async function lookForDrift(network: Network): Promise<Drift> {
  const state = network.store.state();
  if (isEmpty(state))
    return { found: [], attachments: [], cutOff: [], rules: false, others: false, openTaps: new Set() };
  const [links, rules, forwarding, others] = await Promise.all([
    lookAtLinks(network, state),
    lookAtTable(network),
    lookAtForwarding(network, state),
    editsOfOthers(network, state),
  ]);
  const chains = others.map(({ chain }) => `what other firewalls must let pass, in ${chainTitle(chain)}`);
  return {
    found: [...links.found, ...rules, ...forwarding, ...chains],
    attachments: links.attachments,
    cutOff: links.cutOff,
    rules: rules.length + forwarding.length > 0,
    others: others.length > 0,
    openTaps: links.openTaps,
  };
}

type LinkDrift = Pick<Drift, 'found' | 'attachments' | 'cutOff' | 'openTaps'>;

async function lookAtLinks({ links, settings, memory }: Network, { attachments }: NetworkState): Promise<LinkDrift> {
  const { lines, names, open } = await links.standing();
  const found: string[] = [];
  const concerned: Attachment[] = [];
  for (const attachment of attachments) {
    const missing = missingLines(settings, attachment, lines);
    if (names.has(attachment.tap) && missing.length === 0) continue;
    concerned.push(attachment);
    if (names.has(attachment.tap)) found.push(...missing.map((line) => `of vm ${attachment.vmName}: ${line}`));
    else found.push(`the tap ${attachment.tap} of vm ${attachment.vmName}`);
  }
  const cutOff = concerned.filter(({ tap }) => !names.has(tap) && memory.openTaps.has(tap));
  return { found, attachments: concerned, cutOff, openTaps: open };
}

/**
 * The table is as it was when it was first looked at after our last change. That look comes within moments of the change,
 * and a table that is gone by then, or is not ours, is found all the same.
 */
async function lookAtTable({ firewall, settings, memory }: Network): Promise<string[]> {
  const changes = memory.tableChanges;
  const found = await firewall.findTable(settings.table);
  const name = `the nftables table inet ${settings.table}`;
  if (found === undefined || !found.comments.includes(tableComment(settings.mark))) return [name];
  if (memory.table?.changes === changes) return memory.table.digest === found.digest ? [] : [name];
  // A change of ours that came meanwhile makes another look worthless.
  if (changes === memory.tableChanges) memory.table = { changes, digest: found.digest };
  return [];
}

async function lookAtForwarding(network: Network, state: NetworkState): Promise<string[]> {
  const wanted = forwardingsOf(network, state).filter((each) => each.wanted);
  const on = await Promise.all(wanted.map(({ forwarding }) => forwarding.isOn()));
  const off = wanted.filter((_, i) => !on[i]);
  return off.map(({ protocol }) => `${protocol === 'ipv4' ? 'IPv4' : 'IPv6'} forwarding`);
}
