import type { Collect } from '../../../lib/metrics/metrics.js';
import type { Network } from './network.js';

/** What netd tells of itself at a scrape: from its record and its memory, without a look at the host. */
export function netdMetrics({ store, memory }: Pick<Network, 'store' | 'memory'>): Collect {
  return () => {
    const { attachments, natRules } = store.state();
    const published = attachments.reduce((sum, { policy }) => sum + policy.publishedPorts.length, 0);
    return [
      { name: 'banger_attachments', value: attachments.length },
      { name: 'banger_nat_rules', labels: { of: 'vm' }, value: attachments.filter(({ nat }) => nat).length },
      { name: 'banger_nat_rules', labels: { of: 'hand' }, value: natRules.length },
      { name: 'banger_published_ports', value: published },
      { name: 'banger_network_repairs_total', value: memory.repairCount },
      { name: 'banger_network_unmended', value: memory.unmended.length },
    ];
  };
}
