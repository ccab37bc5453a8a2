import { type Attachment, forwards, isEmpty, type NetworkState } from '../domain/attachment.js';
import { tableTaken } from '../domain/errors.js';
import { changeElements, removeTable, replaceTable, tableComment } from '../domain/firewall.js';
import type { NftCommand } from '../domain/nft.js';
import { takesLoopback } from '../domain/publish.js';
import type { Network } from './network.js';
import { needTheSame, openOthers } from './others.js';
import type { Ipv6Forwarding, Protocol } from './ports.js';

/**
 * Turns the rules and the forwarding of one state into those of another; the same state twice repairs what someone else
 * has changed. The host never forwards for us without the rules that say for whom.
 */
export async function applyRules(network: Network, before: NetworkState, after: NetworkState): Promise<void> {
  const forwardings = forwardingsOf(network, after);
  for (const each of forwardings) if (!each.wanted) await restoreForwarding(network, each);
  const othersChange = !needTheSame(network, before, after);
  // What others let pass, our own rules judge: those come first, and go last.
  if (othersChange && isEmpty(after)) await openOthers(network, after);
  await applyTable(network, before, after);
  if (othersChange && !isEmpty(after)) await openOthers(network, after);
  for (const each of forwardings) if (each.wanted) await turnForwardingOn(network, each);
  await applyLoopback(network, changedLoopback(before, after));
  network.domains.tell(after);
}

/** Lets programs of the host send from the loopback to the guests that are published there, and to no other. */
export async function applyLoopback({ forwarding }: Network, attachments: readonly Attachment[]): Promise<void> {
  for (const attachment of attachments) await forwarding.setLoopback(attachment.tap, takesLoopback(attachment));
}

function changedLoopback(before: NetworkState, after: NetworkState): Attachment[] {
  const known = new Map(before.attachments.map((attachment) => [attachment.vmUid, takesLoopback(attachment)]));
  const isSame = (attachment: Attachment) => known.get(attachment.vmUid) === takesLoopback(attachment);
  return before === after ? [...after.attachments] : after.attachments.filter((one) => !isSame(one));
}

/** Throws TABLE_TAKEN when a table of our name is there that does not bear our mark. */
export async function requireOwnTable(network: Network): Promise<void> {
  if ((await tableOwner(network)) === 'another') throw tableTaken(network.settings.table);
}

/** Forgets kernel parameters from before a reboot: in this boot the kernel started afresh, without us. */
export async function forgetEarlierBoot({ forwarding, store }: Network): Promise<void> {
  const bootId = await forwarding.bootId();
  for (const protocol of ['ipv4', 'ipv6'] as const) {
    const remembered = store.remembered(protocol);
    if (remembered && remembered.bootId !== bootId) store.forgetRemembered(protocol);
  }
}

async function applyTable(network: Network, before: NetworkState, after: NetworkState): Promise<void> {
  const { firewall, settings } = network;
  if (isEmpty(after)) return removeOwnTable(network);
  const changes = isEmpty(before) ? [] : changeElements(settings, before, after);
  if (changes.length > 0 && (await succeeds(network, changes))) return;
  await requireOwnTable(network);
  await firewall.run(replaceTable(settings, after));
}

async function succeeds({ firewall, log }: Network, commands: readonly NftCommand[]): Promise<boolean> {
  try {
    await firewall.run(commands);
    return true;
  } catch (error) {
    // The transaction changed nothing. The caller writes the whole table, and fails if that fails too.
    log.warn({ err: error }, 'the nftables table is not as it was left; writing it anew');
    return false;
  }
}

async function removeOwnTable(network: Network): Promise<void> {
  const owner = await tableOwner(network);
  if (owner === 'us') await network.firewall.run(removeTable(network.settings));
  if (owner === 'another') network.log.warn({ table: network.settings.table }, 'leaving an nftables table of another');
}

/** Whether a table of our name bears our mark. */
export async function ownsTable(network: Network): Promise<boolean> {
  return (await tableOwner(network)) === 'us';
}

async function tableOwner({ firewall, settings }: Network): Promise<'us' | 'another' | 'nobody'> {
  const found = await firewall.findTable(settings.table);
  if (found === undefined) return 'nobody';
  return found.comments.includes(tableComment(settings.mark)) ? 'us' : 'another';
}

interface WantedForwarding {
  readonly protocol: Protocol;
  readonly forwarding: Ipv6Forwarding;
  readonly wanted: boolean;
}

/** Which forwardings a state takes. A script's own NAT is of IPv4 alone. */
export function forwardingsOf({ forwarding, forwarding6, settings }: Network, state: NetworkState): WantedForwarding[] {
  const wanted6 = settings.ipv6 !== undefined && forwards({ ...state, natRules: [] });
  return [
    { protocol: 'ipv4', forwarding, wanted: forwards(state) },
    { protocol: 'ipv6', forwarding: forwarding6, wanted: wanted6 },
  ];
}

async function turnForwardingOn(network: Network, { protocol, forwarding }: WantedForwarding): Promise<void> {
  const { store } = network;
  if (await forwarding.isOn()) return;
  if (store.remembered(protocol) === undefined) {
    store.remember(protocol, await network.forwarding.bootId(), await forwarding.snapshot());
  }
  await forwarding.turnOn();
}

async function restoreForwarding({ store }: Network, { protocol, forwarding }: WantedForwarding): Promise<void> {
  const remembered = store.remembered(protocol);
  if (remembered === undefined) return;
  await forwarding.restore(remembered.values);
  store.forgetRemembered(protocol);
}
