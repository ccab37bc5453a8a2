import { objectInUse } from '../domain/errors.js';
import type { ObjectKind } from '../domain/image.js';
import { parseReference } from '../domain/reference.js';
import type { Library } from './library.js';
import type { Catalog } from './ports.js';

/** Removes an image or a kernel, or one of its names when it has others. */
export class DeleteObject {
  constructor(
    private readonly library: Library,
    private readonly catalog: Catalog,
  ) {}

  /** Returns the names under which the object stays. Refused while somebody holds what would be gone. */
  run(kind: ObjectKind, reference: string): Promise<readonly string[]> {
    return this.library.exclusive(async () => {
      const { digest, names, holders } = await this.library[kind](reference);
      const remaining = 'digest' in parseReference(reference) ? [] : names.filter((name) => name !== reference);
      if (remaining.length > 0) {
        this.catalog.untagName(kind, reference);
        return remaining;
      }
      if (holders.length > 0) throw objectInUse(kind, reference, holders);
      // The name goes first, so that no name ever leads to nothing. A crash in between has deleted nothing: the next
      // start gives the object its name back.
      this.catalog.untag(kind, digest);
      await this.library.collectGarbage();
      return [];
    });
  }
}
