import { type Chain, chainsBeside } from './ruleset.js';

/** Whose a table is, by the names that each gives its tables and chains. */
const owners: readonly (readonly [name: string, is: (table: string, chains: readonly string[]) => boolean])[] = [
  ['firewalld', (table) => table.startsWith('firewalld')],
  ['ufw', (_, chains) => chains.some((name) => /^ufw6?-/.test(name))],
  ['Docker', (_, chains) => chains.includes('DOCKER-USER')],
];

/** What people call the firewall that a chain belongs to; by its tool, when nobody else is known. */
export function firewallName(chain: Chain, all: readonly Chain[]): string {
  const names = [...chainsBeside(chain, all).keys()];
  const [known] = owners.find(([, is]) => is(chain.table, names)) ?? [];
  return known ?? (chain.tool === 'nft' ? `the nftables table ${chain.family} ${chain.table}` : chain.tool);
}
