import type { Image, ImageManifest } from '../domain/image.js';
import type { DiskSource } from '../domain/import-source.js';
import type { Importer, ImportOrder } from './import-image.js';
import type { Library } from './library.js';
import type { DiskImages, Objects } from './ports.js';
import { type Report, Steps } from './steps.js';

export interface ImportDiskWorld {
  readonly disks: DiskImages;
  readonly objects: Objects;
  readonly library: Library;
}

const stepNames = ['copy the disk', 'check the file system', 'store the image'] as const;

/** Makes an image of a file system that somebody else has made, when a VM can boot from it. */
export class ImportDisk implements Importer<DiskSource> {
  constructor(private readonly world: ImportDiskWorld) {}

  run({ source, text, name }: ImportOrder<DiskSource>, report: Report, signal: AbortSignal): Promise<Image> {
    const { disks, objects, library } = this.world;
    const steps = new Steps(`image ${name}`, stepNames, report, signal);
    return objects.withWorkFolder(async (folder) => {
      const path = `${folder}/rootfs.ext4`;
      await steps.run('copy the disk', (work) => disks.take(source, path, work));
      const init = await steps.run('check the file system', (work) => disks.check(source, path, work));
      return steps.run('store the image', async (work) => {
        const { digest, bytes } = await objects.measure(path, work);
        const manifest: ImageManifest = {
          kind: 'image',
          digest,
          createTime: new Date().toISOString(),
          provenance: { source: text, suite: '', packages: [], inputDigest: '' },
          wantedName: name,
          sizeBytes: bytes,
          init,
          defaultUser: 'root',
        };
        return library.keep(folder, manifest);
      });
    });
  }
}
