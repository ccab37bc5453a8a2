import { runCommand } from '../../../lib/host/command.js';
import { createConnections } from './connections.js';
import { createForwarding } from './forwarding.js';
import { createIpv6Forwarding } from './ipv6.js';
import { createLinks } from './links.js';
import { createFirewall } from './nftables.js';
import { createOtherFirewalls } from './other-firewalls.js';

/** Everything by which netd changes this host. `mark` is what our objects bear. */
export function hostAdapters(mark: string) {
  return {
    links: createLinks(runCommand),
    firewall: createFirewall(runCommand),
    others: createOtherFirewalls(runCommand, mark),
    forwarding: createForwarding(),
    forwarding6: createIpv6Forwarding(),
    connections: createConnections(runCommand),
  };
}
