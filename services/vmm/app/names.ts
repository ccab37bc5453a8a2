import { nameTaken, vmDeleting, vmExists } from '../domain/errors.js';
import { checkAliasesAreFree } from './aliases.js';
import type { World } from './world.js';

/** Throws when a VM cannot come to be under this name and these aliases. */
export function checkNamesAreFree(
  world: World,
  verb: 'create' | 'restore',
  name: string,
  aliases: readonly string[],
): void {
  const what = `${verb} vm ${name}`;
  const other = world.store.findByName(name);
  if (other) throw other.status.state === 'DELETING' ? vmDeleting(name, what) : vmExists(name, verb);
  const holder = world.store.findByAlias(name);
  if (holder) throw nameTaken(what, name, holder.name);
  checkAliasesAreFree(world, what, name, aliases);
}
