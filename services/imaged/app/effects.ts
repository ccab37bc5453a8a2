import type { Journal } from '../../../lib/journal/journal.js';
import { journalled, type Kinds, makes, removes } from '../../../lib/journal/journalled.js';
import type { Objects, Packages, StepCache } from './ports.js';

/**
 * What each method of each port does to the host. What works in a work folder leaves nothing outside, and goes with the
 * folder: the folder is the effect.
 */
export const effects: {
  readonly objects: Kinds<Objects>;
  readonly cache: Kinds<StepCache>;
  readonly packages: Kinds<Packages>;
} = {
  objects: {
    withWorkFolder: makes(),
    write: 'none',
    measure: 'none',
    commit: makes((_, { digest, kind }) => ({ subject: digest, detail: kind })),
    list: 'none',
    diskUsage: 'none',
    filePath: 'none',
    remove: removes((digest) => ({ subject: digest })),
    strays: 'none',
    removeStray: removes(({ digest }) => ({ subject: digest })),
    leftFolders: 'none',
    removeLeftFolder: removes((folder) => ({ detail: folder })),
    openFiles: 'none',
    usage: 'none',
  },
  cache: {
    find: 'none',
    put: makes((key) => ({ subject: key })),
    list: 'none',
    remove: removes((key) => ({ subject: key })),
  },
  packages: {
    archive: 'none',
    findKernel: 'none',
    download: 'none',
    refresh: makes(),
  },
};

interface JournalledPorts {
  readonly objects: Objects;
  readonly cache: StepCache;
  readonly packages: Packages;
}

/** Ports each of whose effects is in the journal. */
export function journalledPorts(ports: JournalledPorts, journal: Journal): JournalledPorts {
  return {
    objects: journalled(journal, 'objects', ports.objects, effects.objects),
    cache: journalled(journal, 'cache', ports.cache, effects.cache),
    packages: journalled(journal, 'packages', ports.packages, effects.packages),
  };
}
