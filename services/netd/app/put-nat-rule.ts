import { isEmpty, type NatRule } from '../domain/attachment.js';
import { interfaceNotFound } from '../domain/errors.js';
import { checkNatRule } from '../domain/nat-rule.js';
import { type Network, requireHost } from './network.js';
import { applyRules, requireOwnTable } from './rules.js';

/** Turns NAT on for an address behind an interface that is not a VM's; a repeat repairs it. */
export function putNatRule(network: Network, rule: NatRule): Promise<void> {
  const what = `turn NAT on for ${rule.address}`;
  checkNatRule(what, rule, network.settings.pool);
  return network.serial.run(async () => {
    const { links, store } = network;
    await requireHost(network, what, true);
    if ((await links.find(rule.link)) === undefined) throw interfaceNotFound(rule.address, rule.link);
    const before = store.state();
    if (isEmpty(before)) await requireOwnTable(network);
    store.saveNatRule(rule);
    await applyRules(network, before, store.state());
  });
}
