import { nameTaken } from '../domain/errors.js';
import type { World } from './world.js';

/** Throws NAME_TAKEN when one of the aliases that the VM `name` is to have is a name or an alias of another. */
export function checkAliasesAreFree(world: World, what: string, name: string, aliases: readonly string[]): void {
  for (const alias of aliases) {
    if (alias === name) throw nameTaken(what, alias, name);
    const holder = world.store.findByName(alias) ?? world.store.findByAlias(alias);
    if (holder !== undefined && holder.name !== name) throw nameTaken(what, alias, holder.name);
  }
}
