import type { Library } from './library.js';
import type { Objects, StepCache } from './ports.js';

/** How many there are, and what they occupy on the disk in bytes. */
export interface StorePart {
  readonly count: number;
  readonly bytes: number;
}

export interface StoreUsageReport {
  readonly images: StorePart;
  readonly kernels: StorePart;
  readonly damaged: StorePart;
  readonly builds: StorePart;
  readonly freeBytes: number;
}

/** What the store occupies, by kind. */
export class StoreUsage {
  constructor(
    private readonly library: Library,
    private readonly objects: Objects,
    private readonly cache: StepCache,
  ) {}

  async run(): Promise<StoreUsageReport> {
    const [images, kernels, strays, space, steps] = await Promise.all([
      this.library.list('image'),
      this.library.list('kernel'),
      this.objects.strays(),
      this.objects.usage(),
      this.cache.list(),
    ]);
    return {
      images: part(images.map(({ diskUsageBytes }) => diskUsageBytes)),
      kernels: part(kernels.map(({ diskUsageBytes }) => diskUsageBytes)),
      damaged: part(strays.map(({ bytes }) => bytes)),
      builds: {
        count: space.workFolders + steps.length,
        bytes: steps.reduce((sum, { bytes }) => sum + bytes, space.workBytes),
      },
      freeBytes: space.freeBytes,
    };
  }
}

function part(sizes: readonly number[]): StorePart {
  return { count: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
