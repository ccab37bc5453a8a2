import type { Library } from './library.js';
import type { Catalog } from './ports.js';

/** Lets go of what a holder holds; succeeds when it holds nothing. What only it kept is removed. */
export class ReleaseLease {
  constructor(
    private readonly library: Library,
    private readonly catalog: Catalog,
  ) {}

  run(holder: string): Promise<void> {
    return this.library.exclusive(async () => {
      this.catalog.removeLease(holder);
      await this.library.collectGarbage();
    });
  }
}
