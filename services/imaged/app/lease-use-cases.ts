import { AcquireLease } from './acquire-lease.js';
import { DeleteObject } from './delete-object.js';
import type { Library } from './library.js';
import type { Catalog, Objects } from './ports.js';
import { ReleaseLease } from './release-lease.js';
import type { StockFromBundle } from './stock-from-bundle.js';

interface LeaseOptions {
  readonly library: Library;
  readonly catalog: Catalog;
  readonly objects: Objects;
  readonly stock: StockFromBundle;
}

/** Who holds what, and what nobody holds any more. */
export function leaseUseCases({ library, catalog, objects, stock }: LeaseOptions) {
  return {
    acquireLease: new AcquireLease(library, catalog, objects, stock),
    releaseLease: new ReleaseLease(library, catalog),
    deleteObject: new DeleteObject(library, catalog),
  };
}
