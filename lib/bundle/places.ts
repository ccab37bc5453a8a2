import { join } from 'node:path';

/** What lies beside a runtime folder while a bundle is fetched into it. */

function fetchFolder(runtime: string): string {
  return `${runtime}.fetch`;
}

/** The bundle that a new one takes the place of. */
export function formerFolder(runtime: string): string {
  return join(fetchFolder(runtime), 'former');
}

export function fetchPlaces(runtime: string) {
  const folder = fetchFolder(runtime);
  return {
    folder,
    /** Says which process works here. */
    lock: join(folder, 'lock'),
    /** As far as it has come. */
    archive: join(folder, 'archive'),
    tree: join(folder, 'tree'),
    former: formerFolder(runtime),
  };
}
