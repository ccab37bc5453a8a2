import { type NatRule, withoutNatRule } from '../domain/attachment.js';
import { checkNatRule } from '../domain/nat-rule.js';
import { type Network, requireHost } from './network.js';
import { applyRules } from './rules.js';

/** Takes `putNatRule` back; succeeds when there is nothing to take back, or the interface is gone. */
export function deleteNatRule(network: Network, rule: NatRule): Promise<void> {
  const what = `turn NAT off for ${rule.address}`;
  checkNatRule(what, rule, network.settings.pool);
  return network.serial.run(async () => {
    const { store } = network;
    const before = store.state();
    const after = withoutNatRule(before, rule);
    if (after.natRules.length === before.natRules.length) return;
    await requireHost(network, what, false);
    await applyRules(network, before, after);
    store.deleteNatRule(rule);
  });
}
