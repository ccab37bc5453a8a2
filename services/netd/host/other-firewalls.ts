import { join } from 'node:path';
import { hostNotReady } from '../../../lib/errors.js';
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
        legacyChains(run, 'iptables-legacy', proc, { names: 'net/ip_tables_names', module: 'iptable_filter' }),
        legacyChains(run, 'ip6tables-legacy', proc, { names: 'net/ip6_tables_names', module: 'ip6table_filter' }),
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

interface LegacyTables {
  /** Where the kernel names the tables, for root alone. */
  readonly names: string;
  /** The kernel's module of the table filter, which everybody sees. */
  readonly module: string;
}

/** The kernel names the tables of the old iptables in a file, and nft does not see them. */
async function legacyChains(run: RunCommand, tool: IptablesTool, proc: string, where: LegacyTables): Promise<Chain[]> {
  const tables = await readTextIfExists(join(proc, where.names)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') return namesForOthers(proc, where);
    throw error;
  });
  return (tables ?? '').split('\n').includes('filter') ? savedChains(run, tool) : [];
}

/** What a netd that is not root can tell: it gets the right to these tables when it starts and finds them. */
async function namesForOthers(proc: string, { module }: LegacyTables): Promise<string> {
  const modules = (await readTextIfExists(join(proc, 'modules'))) ?? '';
  if (!modules.split('\n').some((line) => line.startsWith(`${module} `))) return '';
  const description = 'the old iptables was loaded after netd had started: banger service restart netd';
  throw hostNotReady('read the rules of other firewalls', [
    { type: 'RIGHT', subject: 'CAP_DAC_READ_SEARCH', description },
  ]);
}

async function savedChains(run: RunCommand, tool: IptablesTool): Promise<Chain[]> {
  if ((await findProgram(`${tool}-save`)) === undefined) return [];
  return parseIptablesSave(tool, (await run([`${tool}-save`, '-t', 'filter'])).stdout);
}
