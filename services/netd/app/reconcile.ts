import { hostNotReady, isBangerError } from '../../../lib/errors.js';
import { lacksOf } from '../../../lib/finding.js';
import { type Attachment, isEmpty, type NetworkState } from '../domain/attachment.js';
import { networkInUse, reasons } from '../domain/errors.js';
import { type FoundLink, isOurs, removeIpv6Lines, removeTapLines } from '../domain/links.js';
import { fixedSettings, type NetworkSettings } from '../domain/settings.js';
import type { Network } from './network.js';
import { openOthers } from './others.js';
import { applyRules, forgetEarlierBoot } from './rules.js';
import { gatewayRemoval, linesOfTap } from './taps.js';

/**
 * Makes the host be what the store says, before the first call is served: puts back what is missing, removes what bears
 * our mark and belongs to nobody, and leaves alone what is right, so that traffic flows through a restart.
 */
export async function reconcile(network: Network): Promise<void> {
  const state = network.store.state();
  const formerIpv6 = network.store.fixedSettings()?.ipv6Pool ?? '';
  holdSettings(network, state);
  const missing = lacksOf(await network.check(['vm-start']));
  if (missing.length > 0) {
    if (!isEmpty(state)) throw hostNotReady('put the network back', missing);
    network.log.warn({ missing }, 'this host cannot have VMs on the network yet');
    return;
  }
  await reconcileLinks(network, state);
  if (network.settings.ipv6 === undefined && formerIpv6 !== '') await removeIpv6(network, state, formerIpv6);
  await forgetEarlierBoot(network);
  await applyRules(network, state, state);
  await openOthers(network, state);
  network.log.info({ attachments: state.attachments.length, natRules: state.natRules.length }, 'network in place');
}

/** What stands on the host is named after these settings: they change only when nothing stands. */
function holdSettings({ settings, store }: Network, state: NetworkState): void {
  const wanted = fixedSettings(settings);
  const held = store.fixedSettings();
  if (held && !isEmpty(state)) {
    const count = state.attachments.length + state.natRules.length;
    const changes = [
      ['ipv4_pool', held.ipv4Pool, wanted.ipv4Pool],
      ['tap_prefix', held.tapPrefix, wanted.tapPrefix],
      ['nft_table', held.nftTable, wanted.nftTable],
    ] as const;
    for (const [key, from, to] of changes) if (from !== to) throw networkInUse(key, from, to, count);
    const [from, to] = [held.ipv6Pool, wanted.ipv6Pool];
    if (from !== '' && to !== '' && from !== to) throw networkInUse('ipv6_pool', from, to, count);
  }
  store.saveFixedSettings(wanted);
}

async function reconcileLinks(network: Network, { attachments }: NetworkState): Promise<void> {
  const { links, settings, log } = network;
  const found = new Map((await links.list()).map((link) => [link.name, link]));
  const strays = strayTaps(settings, [...found.values()], attachments);
  if (strays.length > 0) log.info({ taps: strays.map(({ name }) => name) }, 'removing taps that belong to no VM');
  const pieces = [
    ...strays.map(({ name }) => ({ of: name, lines: removeTapLines(name) })),
    ...(attachments.length === 0 ? [{ of: 'the gateway', lines: await gatewayRemoval(network) }] : []),
  ];
  for (const attachment of attachments) {
    pieces.push({ of: attachment.vmName, lines: await linesUnlessTaken(network, attachment, found) });
  }
  await runPieces(network, pieces);
}

/** Taps that bear our mark and are no VM's. */
export function strayTaps(
  settings: NetworkSettings,
  links: readonly FoundLink[],
  attachments: readonly Attachment[],
): FoundLink[] {
  const wanted = new Set(attachments.map(({ tap }) => tap));
  return links.filter((link) => isOurs(settings, link) && !wanted.has(link.name));
}

/** A piece of the network: whose it is, and the lines that make it right. */
interface Piece {
  readonly of: string;
  readonly lines: readonly string[];
}

/** All in one call. When that fails, each by itself: what is wrong with one VM's network must not take the others theirs. */
async function runPieces({ links, log }: Network, pieces: readonly Piece[]): Promise<void> {
  const all = pieces.flatMap(({ lines }) => lines);
  if (all.length === 0) return;
  try {
    await links.run(all);
  } catch (error) {
    log.warn({ err: error }, 'cannot put the network back as a whole; doing it piece by piece');
    for (const { of, lines } of pieces) {
      await links.run(lines).catch((err) => log.error({ err, of }, 'cannot put this back; going on with the others'));
    }
  }
}

/** Taps that stay lose what IPv6 has put on them; the guests' own addresses go with their next boot. */
async function removeIpv6({ links }: Network, { attachments }: NetworkState, pool: string): Promise<void> {
  const taps = new Set(attachments.map(({ tap }) => tap));
  const [found, addresses, routes] = await Promise.all([links.list(), links.addresses(), links.routes()]);
  const there = new Set(found.map(({ name }) => name).filter((name) => taps.has(name)));
  const lines = removeIpv6Lines(pool, there, { addresses, routes });
  if (lines.length > 0) await links.run(lines);
}

/** One tap that someone else has taken or holds open must not keep all other VMs from their network. */
export async function linesUnlessTaken(
  network: Network,
  attachment: Attachment,
  found: ReadonlyMap<string, FoundLink>,
): Promise<string[]> {
  try {
    return await linesOfTap(network, attachment, found.get(attachment.tap));
  } catch (error) {
    if (!isBangerError(error, reasons.TAP_NAME_TAKEN) && !isBangerError(error, reasons.TAP_IN_USE)) throw error;
    network.log.warn({ vm: attachment.vmName, tap: attachment.tap }, error.message);
    return [];
  }
}
