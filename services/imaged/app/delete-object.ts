import { objectInUse } from '../domain/errors.js';
import type { ObjectKind } from '../domain/image.js';
import type { Library } from './library.js';
import type { Catalog } from './ports.js';

/** Removes an image or a kernel, named or by digest. Refused while somebody holds it. */
export class DeleteObject {
  constructor(
    private readonly library: Library,
    private readonly catalog: Catalog,
  ) {}

  run(kind: ObjectKind, reference: string): Promise<void> {
    return this.library.exclusive(async () => {
      const { digest, holders } = await this.library[kind](reference);
      if (holders.length > 0) throw objectInUse(kind, reference, holders);
      // The name goes first, so that no name ever leads to nothing. A crash in between has deleted nothing: the next
      // start gives the object its name back.
      this.catalog.untag(kind, digest);
      await this.library.collectGarbage();
    });
  }
}
