import { type Drift, lookForDrift } from './drift.js';
import type { Network } from './network.js';
import { openOthers } from './others.js';
import { linesUnlessTaken } from './reconcile.js';
import { applyLoopback, applyRules } from './rules.js';

/**
 * Puts right what someone else has changed; returns whether there was anything. Looks without keeping anybody waiting,
 * and again, in the queue of changes, before it touches something: what looked like drift may have been a change of ours
 * that was not done.
 */
export async function mend(network: Network): Promise<boolean> {
  const first = await lookForDrift(network);
  if (first.found.length === 0) return nothingToMend(network, first);
  return network.serial.run(async () => {
    const drift = await lookForDrift(network);
    if (drift.found.length === 0) return nothingToMend(network, drift);
    await repair(network, drift);
    await tell(network, drift, await lookForDrift(network));
    return true;
  });
}

function nothingToMend({ memory }: Network, { openTaps }: Drift): boolean {
  memory.unmended = [];
  memory.sawOpenTaps(openTaps);
  return false;
}

async function repair(network: Network, drift: Drift): Promise<void> {
  const state = network.store.state();
  await repairLinks(network, drift);
  // What a tap may receive from the loopback goes with it.
  await applyLoopback(network, drift.attachments);
  if (drift.rules) await applyRules(network, state, state);
  if (drift.others || drift.rules) await openOthers(network, state);
}

async function repairLinks(network: Network, { attachments }: Drift): Promise<void> {
  if (attachments.length === 0) return;
  const { links } = network;
  const { lines, names } = await links.standing();
  const found = new Map((await links.list()).map((link) => [link.name, link]));
  const wanted: string[] = [];
  for (const attachment of attachments) {
    const all = await linesUnlessTaken(network, attachment, found);
    wanted.push(...(names.has(attachment.tap) ? all.filter((line) => !lines.has(line)) : all));
  }
  if (wanted.length > 0) await links.run(wanted);
}

/** What cannot be put right is said once, not at every look. */
async function tell({ log, memory, events }: Network, before: Drift, after: Drift): Promise<void> {
  const mended = before.found.filter((what) => !after.found.includes(what));
  const news = after.found.filter((what) => !memory.unmended.includes(what));
  if (mended.length > 0) log.warn({ mended }, 'someone else had changed the network of VMs; it is right again');
  if (news.length > 0)
    log.error({ found: news }, 'someone else has changed the network of VMs; it cannot be put right');
  for (const what of mended) events.tell({ type: 'repair', action: 'mended', message: what });
  for (const what of news) events.tell({ type: 'repair', action: 'unmended', message: what });
  memory.addRepairs(mended);
  memory.unmended = after.found;
  memory.sawOpenTaps(after.openTaps);
  for (const { vmName, vmUid, tap } of before.cutOff) {
    memory.cutOff.set(tap, vmName);
    const message = `its tap ${tap} went while it ran: it is without network until it is restarted`;
    events.tell({ type: 'repair', action: 'cut-off', object: vmName, uid: vmUid, message });
    log.error({ vm: vmName, tap }, 'the tap went while the VM ran: the VM is without network until it is restarted');
  }
}
