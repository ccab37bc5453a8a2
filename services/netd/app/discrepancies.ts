import type { Look, Mendable } from '../../../lib/discrepancy.js';
import { isEmpty } from '../domain/attachment.js';
import { removeTapLines } from '../domain/links.js';
import { lookForDrift } from './drift.js';
import { mend } from './mend.js';
import type { Network } from './network.js';
import { strayTaps } from './reconcile.js';
import { applyRules, ownsTable } from './rules.js';
import { gatewayRemoval } from './taps.js';

/**
 * What someone else has changed, and what bears our mark and belongs to nobody. Looks in the queue of changes: what is
 * half made is neither.
 */
export function lookForDiscrepancies(network: Network): Look {
  return () => network.serial.run(async () => [...(await drift(network)), ...(await strays(network))]);
}

async function drift(network: Network): Promise<Mendable[]> {
  const { found } = await lookForDrift(network);
  const together = async () => void (await mend(network));
  return found.map((subject) => ({
    kind: 'NETWORK',
    subject,
    found: 'is not as netd made it',
    remedy: 'put it right',
    mend: together,
  }));
}

async function strays(network: Network): Promise<Mendable[]> {
  const { settings, store, links } = network;
  const state = store.state();
  const taps = strayTaps(settings, await links.list(), state.attachments);
  return [
    ...taps.map(({ name }) => strayTap(network, name)),
    ...(state.attachments.length === 0 ? await strayGateway(network) : []),
    ...(isEmpty(state) ? await strayTable(network) : []),
  ];
}

const belongsToNobody = 'bears our mark and belongs to no VM';

function strayTap(network: Network, name: string): Mendable {
  const { settings, store, links, serial } = network;
  const remove = async () => {
    const now = strayTaps(settings, await links.list(), store.state().attachments);
    if (now.some((tap) => tap.name === name)) await links.run(removeTapLines(name));
  };
  return { kind: 'TAP', subject: name, found: belongsToNobody, remedy: 'remove it', mend: () => serial.run(remove) };
}

async function strayGateway(network: Network): Promise<Mendable[]> {
  const { settings, store, links, serial } = network;
  const lines = await gatewayRemoval(network);
  const remove = async () => {
    const now = store.state().attachments.length === 0 ? await gatewayRemoval(network) : [];
    if (now.length > 0) await links.run(now);
  };
  const subject = `the gateway ${settings.pool.gateway} on lo`;
  const stray = { kind: 'NETWORK', subject, found: belongsToNobody, remedy: 'remove it' } as const;
  return lines.length === 0 ? [] : [{ ...stray, mend: () => serial.run(remove) }];
}

async function strayTable(network: Network): Promise<Mendable[]> {
  const { settings, store, serial } = network;
  if (!(await ownsTable(network))) return [];
  const remove = async () => {
    const state = store.state();
    if (isEmpty(state)) await applyRules(network, state, state);
  };
  const subject = `the nftables table inet ${settings.table}`;
  const stray = { kind: 'NETWORK', subject, found: belongsToNobody, remedy: 'remove it' } as const;
  return [{ ...stray, mend: () => serial.run(remove) }];
}
