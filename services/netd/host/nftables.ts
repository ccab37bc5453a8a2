import { BangerError, commonReasons } from '../../../lib/errors.js';
import type { RunCommand } from '../../../lib/host/command.js';
import type { Firewall } from '../app/ports.js';
import { tableDigest } from '../domain/table-digest.js';

/** What `nft -j list table` prints, as far as we read it: libnftables-json(5). */
interface Listing {
  readonly nftables: readonly { readonly [object: string]: unknown; readonly rule?: { readonly comment?: string } }[];
}

/** nft exits with 1 for every failure; this one is an answer. */
const noSuchTable = /No such file or directory/;

export function createFirewall(run: RunCommand): Firewall {
  return {
    async run(commands) {
      await run(['nft', '-j', '-f', '-'], { stdin: JSON.stringify({ nftables: commands }) });
    },
    async findTable(name) {
      const argv = ['nft', '-j', 'list', 'table', 'inet', name];
      const { stdout, stderr, exitCode } = await run(argv, { okExitCodes: [0, 1] });
      if (exitCode === 0) {
        const listing = JSON.parse(stdout) as Listing;
        return { comments: commentsOf(listing), digest: tableDigest(listing) };
      }
      if (noSuchTable.test(stderr)) return undefined;
      const message = `nft cannot list the table inet ${name}: ${stderr.trim()}`;
      throw new BangerError('internal', commonReasons.COMMAND_FAILED, message, { metadata: { table: name } });
    },
  };
}

function commentsOf({ nftables }: Listing): string[] {
  return nftables.flatMap(({ rule }) => rule?.comment ?? []);
}
