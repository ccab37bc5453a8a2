import type { Collect } from '../../../lib/metrics/metrics.js';
import type { StoreUsage } from './store-usage.js';

/** What imaged tells of itself at a scrape. It looks at the sizes of the store's files. */
export function imagedMetrics(usage: StoreUsage): Collect {
  return async () => {
    const { images, kernels, damaged, builds, freeBytes } = await usage.run();
    const part = (name: string, bytes: number) =>
      ({ name: 'banger_store_bytes', labels: { part: name }, value: bytes }) as const;
    return [
      { name: 'banger_store_objects', labels: { kind: 'image' }, value: images.count },
      { name: 'banger_store_objects', labels: { kind: 'kernel' }, value: kernels.count },
      part('images', images.bytes),
      part('kernels', kernels.bytes),
      part('damaged', damaged.bytes),
      part('builds', builds.bytes),
      { name: 'banger_store_free_bytes', value: freeBytes },
    ];
  };
}
