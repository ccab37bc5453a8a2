import { type Image, type ImageManifest, imageFile } from '../domain/image.js';
import { checkDepth, layerDigest } from '../domain/layers.js';
import type { BuildEvent, Builds } from './builds.js';
import type { Library } from './library.js';
import type { LayerFiles, Objects } from './ports.js';
import { type Report, Steps } from './steps.js';

export interface AddLayerRequest {
  /** The name that the new image gets. */
  readonly name: string;
  /** The image that it lies on, by name or digest. */
  readonly parent: string;
  /** The file system with the changes, on this host. */
  readonly path: string;
  /** What made the changes, for people. */
  readonly source: string;
  /** The digest of what made them; empty when a repeat would not give the same. */
  readonly inputDigest: string;
}

export interface AddLayerWorld {
  readonly library: Library;
  readonly objects: Objects;
  readonly layerFiles: LayerFiles;
  readonly builds: Builds<Image>;
}

const stepNames = ['copy the layer', 'store the image'] as const;

/** Makes an image of another one and of what was changed on it. The changes are copied; nothing is merged. */
export class AddLayer {
  constructor(private readonly world: AddLayerWorld) {}

  run(request: AddLayerRequest, signal: AbortSignal): AsyncIterable<BuildEvent<Image>> {
    const start = (report: Report, ended: AbortSignal) => this.#add(request, report, ended);
    return this.world.builds.follow(`image ${request.name}`, request.path, start, signal);
  }

  async #add(request: AddLayerRequest, report: Report, signal: AbortSignal): Promise<Image> {
    const { library, objects, layerFiles } = this.world;
    const steps = new Steps(`image ${request.name}`, stepNames, report, signal);
    const parent = await library.image(request.parent);
    checkDepth(request.name, await library.chain(parent));
    return objects.withWorkFolder(async (folder) => {
      const path = `${folder}/${imageFile({ parent: parent.digest })}`;
      await steps.run('copy the layer', (work) => layerFiles.take(request, path, work));
      return steps.run('store the image', async (work) => {
        const manifest = manifestOf(request, parent, await objects.measure(path, work));
        return library.keep(folder, manifest);
      });
    });
  }
}

function manifestOf(
  { name, source, inputDigest }: AddLayerRequest,
  parent: Image,
  file: { readonly digest: string; readonly bytes: number },
): ImageManifest {
  return {
    kind: 'image',
    digest: layerDigest(parent.digest, file.digest),
    parent: parent.digest,
    wantedName: name,
    createTime: new Date().toISOString(),
    // Which packages it has now is known inside the guest only.
    provenance: { source, suite: parent.provenance.suite, packages: [], inputDigest },
    sizeBytes: file.bytes,
    init: parent.init,
    defaultUser: parent.defaultUser,
  };
}
