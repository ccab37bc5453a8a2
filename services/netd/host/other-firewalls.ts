import { join } from 'node:path';
import type { RunCommand } from '../../../lib/host/command.js';
import { readTextIfExists } from '../../../lib/host/files.js';
import { findProgram } from '../../../lib/host/preflight.js';
import type { OtherFirewalls } from '../app/ports.js';
import { nftCommands, restoreScript } from '../domain/others/commands.js';
import { parseIptablesSave } from '../domain/others/iptables-save.js';
import { type NftListing, parseNftListing } from '../domain/others/nft-listing.js';
import type { Chain, IptablesTool } from '../domain/others/ruleset.js';

/** How long an iptables waits for another one that is at work, in seconds. */
const lockWait = '10';

/** The packet filters of the network namespace that we run in. `mark` is what our rules bear. */
export function createOtherFirewalls(run: RunCommand, mark: string, proc = '/proc'): OtherFirewalls {
  return {
    async chains() {
      // Terse: what stands in sets can be long, and does not matter here.
      const listing = JSON.parse((await run(['nft', '-j', '-t', 'list', 'ruleset'])).stdout) as NftListing;
      const native = parseNftListing(listing);
      const tables = await Promise.all([
        ...(['ip', 'ip6'] as const).map((family) => tablesOfIptables(run, family, native)),
        legacyChains(run, 'iptables-legacy', join(proc, 'net/ip_tables_names')),
        legacyChains(run, 'ip6tables-legacy', join(proc, 'net/ip6_tables_names')),
      ]);
      const shown = tables.flat();
      const isShown = (chain: Chain) =>
        chain.table === 'filter' && shown.some(({ tool, family }) => tool.endsWith('-nft') && family === chain.family);
      return [...native.filter((chain) => !isShown(chain)), ...shown];
    },
    async change(edit) {
      if (edit.chain.tool === 'nft') {
        await run(['nft', '-j', '-f', '-'], { stdin: JSON.stringify({ nftables: nftCommands(edit, mark) }) });
      } else {
        await run([`${edit.chain.tool}-restore`, '--noflush', '--wait', lockWait], { stdin: restoreScript(edit) });
      }
    },
  };
}

/**
 * The table filter of iptables-nft, which nft shows and only iptables may change: it refuses a table that holds a rule of
 * which it does not know the form. None when there is no such table, or when it is refused already.
 */
async function tablesOfIptables(run: RunCommand, family: 'ip' | 'ip6', native: readonly Chain[]): Promise<Chain[]> {
  const builtIn = native.some(
    ({ table, name, hook, ...chain }) =>
      chain.family === family && table === 'filter' && hook !== undefined && name === hook.toUpperCase(),
  );
  const tool = family === 'ip' ? 'iptables-nft' : 'ip6tables-nft';
  return builtIn ? savedChains(run, tool) : [];
}

/** The kernel names the tables of the old iptables here, and nft does not see them. */
async function legacyChains(run: RunCommand, tool: IptablesTool, names: string): Promise<Chain[]> {
  const tables = (await readTextIfExists(names)) ?? '';
  return tables.split('\n').includes('filter') ? savedChains(run, tool) : [];
}

async function savedChains(run: RunCommand, tool: IptablesTool): Promise<Chain[]> {
  if ((await findProgram(`${tool}-save`)) === undefined) return [];
  return parseIptablesSave(tool, (await run([`${tool}-save`, '-t', 'filter'])).stdout);
}
