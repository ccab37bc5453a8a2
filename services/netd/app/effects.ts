import type { Journal } from '../../../lib/journal/journal.js';
import { journalled, type Kinds, makes, removes } from '../../../lib/journal/journalled.js';
import { chainTitle } from '../domain/others/ruleset.js';
import type { Network } from './network.js';
import type { Connections, Firewall, Forwarding, Ipv6Forwarding, Links, OtherFirewalls } from './ports.js';

/** What each method of each port does to the host. Every effect here is a step of the journal. */
export const effects: {
  readonly links: Kinds<Links>;
  readonly firewall: Kinds<Firewall>;
  readonly others: Kinds<OtherFirewalls>;
  readonly forwarding: Kinds<Forwarding>;
  readonly forwarding6: Kinds<Ipv6Forwarding>;
  readonly connections: Kinds<Connections>;
} = {
  links: {
    find: 'none',
    list: 'none',
    addresses: 'none',
    routes: 'none',
    standing: 'none',
    removeTapUnlessOpen: removes((name) => ({ detail: name })),
    run: makes((lines) => ({ detail: lines.join('; ') })),
  },
  firewall: {
    run: makes((commands) => ({ detail: `${commands.length} nft commands` })),
    findTable: 'none',
  },
  others: {
    chains: 'none',
    change: makes(({ chain }) => ({ detail: chainTitle(chain) })),
  },
  forwarding: {
    isOn: 'none',
    turnOn: makes(),
    snapshot: 'none',
    restore: removes(),
    bootId: 'none',
    setLoopback: makes((link, on) => ({ detail: `${link} ${on ? 'on' : 'off'}` })),
  },
  forwarding6: {
    isOn: 'none',
    turnOn: makes(),
    snapshot: 'none',
    restore: removes(),
  },
  connections: {
    forget: removes((address) => ({ detail: address })),
  },
};

type JournalledPorts = Pick<Network, keyof typeof effects>;

/** Ports each of whose effects is in the journal. */
export function journalledPorts(ports: JournalledPorts, journal: Journal): JournalledPorts {
  return {
    links: journalled(journal, 'links', ports.links, effects.links),
    firewall: journalled(journal, 'firewall', ports.firewall, effects.firewall),
    others: journalled(journal, 'others', ports.others, effects.others),
    forwarding: journalled(journal, 'forwarding', ports.forwarding, effects.forwarding),
    forwarding6: journalled(journal, 'forwarding6', ports.forwarding6, effects.forwarding6),
    connections: journalled(journal, 'connections', ports.connections, effects.connections),
  };
}
