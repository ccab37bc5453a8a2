import { digestOfFiles } from '../domain/content.js';
import { importRefused } from '../domain/errors.js';
import { type Image, imageFile } from '../domain/image.js';
import type { ExportSource } from '../domain/import-source.js';
import type { Importer, ImportOrder } from './import-image.js';
import type { Library } from './library.js';
import type { ImageArchives, Objects, UnpackedLayer, Work } from './ports.js';
import { type Report, Steps } from './steps.js';

export interface ImportExportedWorld {
  readonly archives: ImageArchives;
  readonly objects: Objects;
  readonly library: Library;
}

const stepNames = ['unpack the archive', 'compare its digests', 'store the image'] as const;

/** Takes in what `image export` has written, here or elsewhere. Nothing is kept unless all of it is what it says. */
export class ImportExported implements Importer<ExportSource> {
  constructor(private readonly world: ImportExportedWorld) {}

  run({ source, name }: ImportOrder<ExportSource>, report: Report, signal: AbortSignal): Promise<Image> {
    const { archives, objects, library } = this.world;
    const steps = new Steps(`image ${name}`, stepNames, report, signal);
    return objects.withWorkFolder(async (folder) => {
      const layers = await steps.run('unpack the archive', (work) => archives.unpack(source.path, folder, work));
      await steps.run('compare its digests', async (work) => {
        for (const layer of layers) await this.#compare(source.path, layer, work);
      });
      return steps.run('store the image', () => library.keepChain(layers, name));
    });
  }

  async #compare(path: string, { manifest, folder }: UnpackedLayer, work: Work): Promise<void> {
    const name = imageFile(manifest);
    const { digest } = await this.world.objects.measure(`${folder}/${name}`, work);
    const found = digestOfFiles(manifest, new Map([[name, digest]]));
    if (found !== manifest.digest) {
      throw importRefused(path, `${name} of ${manifest.digest} is damaged: its digest is ${found}`);
    }
  }
}
