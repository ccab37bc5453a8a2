import { invalidRequest } from '../../../lib/errors.js';
import { ambiguous, notInTrash } from '../domain/errors.js';
import { entriesOf, type Remain, type TrashEntry } from '../domain/trash.js';
import type { TrashContext } from './verbs.js';

export interface Purge {
  /** What cannot be restored any more. */
  readonly purged: readonly TrashEntry[];
  /** What of it could not be cleaned up yet, and is tried again. */
  readonly remains: readonly Remain[];
}

/** Removes the disks of one deleted VM, or of all. Ends, whatever cannot be removed. */
export async function purgeVm(context: TrashContext, reference: string, all: boolean): Promise<Purge> {
  const { world, keeper } = context;
  if (all === (reference !== '')) {
    throw invalidRequest('purge', [{ field: 'name', description: 'must be given, or `all` be set, and not both' }]);
  }
  const purged = all ? world.trash.list() : [oneOf(world.trash.list(), reference)];
  for (const { vm } of purged) world.trash.giveUp(vm.uid);
  await Promise.all(purged.map(({ vm }) => keeper.clean(vm.uid)));
  return { purged, remains: purged.flatMap(({ vm }) => world.trash.remains(vm.uid)) };
}

/** What cannot be undone is not guessed: a name that several had is refused. */
function oneOf(entries: readonly TrashEntry[], reference: string): TrashEntry {
  const [entry, ...others] = entriesOf(entries, reference);
  const what = `purge vm ${reference}`;
  if (entry === undefined) throw notInTrash(what, reference);
  if (others.length > 0)
    throw ambiguous(
      what,
      reference,
      [entry, ...others].map(({ vm }) => vm.uid),
    );
  return entry;
}
