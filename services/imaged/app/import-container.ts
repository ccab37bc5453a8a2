import type { ContainerConfig } from '../domain/container-config.js';
import { digestOfInputs } from '../domain/digest.js';
import type { Image, ImageInit, ImageManifest } from '../domain/image.js';
import type { ContainerSource } from '../domain/import-source.js';
import { findStored } from './find-stored.js';
import type { Importer, ImportOrder } from './import-image.js';
import type { Library } from './library.js';
import type { ContainerImages, Objects, Preflight, Work } from './ports.js';
import { type Report, Steps } from './steps.js';

export interface ImportContainerWorld {
  readonly preflight: Preflight;
  readonly containers: ContainerImages;
  readonly objects: Objects;
  readonly library: Library;
}

const stepNames = [
  'look at the container image',
  'copy the container image',
  'unpack its layers',
  'make it bootable',
  'make the file system',
  'store the image',
] as const;
type ImportSteps = Steps<(typeof stepNames)[number]>;
/** Raised when the way an image is made changes, so that equal inputs are made anew. */
const format = 2;
const fileName = 'rootfs.ext4';

interface Inputs {
  /** The digest of the image's configuration, which names the content of all its layers. */
  readonly container: string;
  readonly digest: string;
}

/** Makes an image of a container image; returns at once what was made of the same one under this name. */
export class ImportContainer implements Importer<ContainerSource> {
  constructor(private readonly world: ImportContainerWorld) {}

  run(order: ImportOrder<ContainerSource>, report: Report, signal: AbortSignal): Promise<Image> {
    const steps: ImportSteps = new Steps(`image ${order.name}`, stepNames, report, signal);
    return this.world.objects.withWorkFolder((folder) => this.#import(order, folder, steps));
  }

  async #import(order: ImportOrder<ContainerSource>, folder: string, steps: ImportSteps): Promise<Image> {
    const { containers, objects, library } = this.world;
    const { source, name } = order;
    const { inputs, stored } = await findStored(this.world, {
      kind: 'image',
      job: 'container',
      isCandidate: ({ names }) => names.includes(name),
      findInputs: () => steps.run('look at the container image', (work) => this.#inputs(source, folder, work)),
    });
    if (stored) return stored;
    await steps.run('copy the container image', (work) => containers.copy(source, folder, work));
    const tree = await steps.run('unpack its layers', (work) => containers.unpack(source, folder, work));
    const init = await steps.run('make it bootable', (work) => containers.makeBootable(tree, work));
    const path = `${folder}/${fileName}`;
    await steps.run('make the file system', (work) => containers.makeFileSystem(tree, path, work));
    return steps.run('store the image', async (work) => {
      const file = await objects.measure(path, work);
      return library.keep(folder, manifestOf(order, inputs, { ...file, init, container: tree.config }));
    });
  }

  async #inputs(source: ContainerSource, folder: string, work: Work): Promise<Inputs> {
    const { containers } = this.world;
    await containers.open(source, folder, work);
    const container = await containers.identify(source, folder, work);
    return { container, digest: digestOfInputs({ format, container, kit: await containers.kitDigest() }) };
  }
}

function manifestOf(
  { name, text }: ImportOrder<ContainerSource>,
  { digest: inputDigest }: Inputs,
  made: {
    readonly digest: string;
    readonly bytes: number;
    readonly init: ImageInit;
    readonly container: ContainerConfig;
  },
): ImageManifest {
  return {
    kind: 'image',
    digest: made.digest,
    createTime: new Date().toISOString(),
    provenance: { source: text, suite: '', packages: [], inputDigest, container: made.container },
    wantedName: name,
    sizeBytes: made.bytes,
    init: made.init,
    defaultUser: 'root',
  };
}
