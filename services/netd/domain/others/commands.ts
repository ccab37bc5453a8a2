import { tableComment } from '../firewall.js';
import type { NftCommand } from '../nft.js';
import type { Edit } from './edits.js';

/** Adds a rule before another. */
interface NftInsert {
  readonly insert: object;
}

/** One transaction of nft that makes an edit. */
export function nftCommands({ chain, remove, insert }: Edit, mark: string): (NftCommand | NftInsert)[] {
  const where = { family: chain.family, table: chain.table, chain: chain.name };
  return [
    ...remove.map(({ handle }) => ({ delete: { rule: { ...where, handle } } })),
    ...insert.map(({ before, text }) => {
      const rule = { ...where, comment: tableComment(mark), expr: JSON.parse(text) as unknown };
      // One after another before the same rule, they stand in the order of their coming.
      return before ? { insert: { rule: { ...rule, handle: before.handle } } } : { add: { rule } };
    }),
  ];
}

/** What `iptables-restore --noflush` is given to make an edit: all lines or none. */
export function restoreScript({ chain, remove, insert }: Edit): string {
  const lines = [
    `*${chain.table}`,
    ...remove.map(({ text }) => `-D ${chain.name} ${text}`),
    ...insert.map(({ index, text }) => `-I ${chain.name} ${index + 1} ${text}`),
    'COMMIT',
  ];
  return lines.map((line) => `${line}\n`).join('');
}
