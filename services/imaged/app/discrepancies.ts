import type { Look, Mendable } from '../../../lib/discrepancy.js';
import type { Library } from './library.js';
import type { Objects, Stray } from './ports.js';

/** Work folders that nobody is at, and objects that are damaged: those are told, and `banger image prune` removes them. */
export function lookForDiscrepancies(library: Library, objects: Objects): Look {
  return async () => {
    const folders = await objects.leftFolders();
    const strays = await library.exclusive(() => objects.strays());
    return [...folders.map((folder) => leftFolder(objects, folder)), ...strays.map(damaged)];
  };
}

function leftFolder(objects: Objects, folder: string): Mendable {
  const mend = () => objects.removeLeftFolder(folder);
  return { kind: 'FOLDER', subject: folder, found: 'was left by a build', remedy: 'remove it', mend };
}

function damaged({ path, problems }: Stray): Mendable {
  const remedy = 'make or import it again, and run `banger image prune`, which removes what no VM holds';
  return { kind: 'OBJECT', subject: path, found: `is damaged: ${problems.join('; ')}`, remedy };
}
