import { kernelTooOld } from '../domain/errors.js';
import { type Image, imageFile, type Kernel } from '../domain/image.js';
import { layersFormat } from '../domain/initrd.js';
import type { Library } from './library.js';
import type { Catalog, Objects } from './ports.js';
import type { StockFromBundle } from './stock-from-bundle.js';

export interface AcquireLeaseRequest {
  readonly holder: string;
  /** The VM's name; empty when it is not told. */
  readonly holderName: string;
  readonly image: string;
  /** Empty for the default. */
  readonly kernel: string;
}

/** What is held, with its files. */
export interface HeldObjects {
  readonly image: Image;
  readonly kernel: Kernel;
  readonly rootfsPath: string;
  /** What lies on it, the lowest first. */
  readonly layerPaths: readonly string[];
  readonly vmlinuxPath: string;
  readonly initrdPath: string;
  /** As initrdFormat in domain/initrd.ts counts. */
  readonly initrdFormat: number;
}

/**
 * Holds an image and a kernel for a VM. A repeat with the same references gives what is held, even when their names
 * have moved on to newer builds: a VM's own disk only fits the base that it was made on.
 */
export class AcquireLease {
  constructor(
    private readonly library: Library,
    private readonly catalog: Catalog,
    private readonly objects: Objects,
    private readonly stock: StockFromBundle,
  ) {}

  async run(request: AcquireLeaseRequest): Promise<HeldObjects> {
    const held = this.#heldBy(request);
    await this.stock.image(held?.imageDigest ?? request.image);
    await this.stock.kernel(held?.kernelDigest ?? request.kernel);
    return this.library.exclusive(async () => {
      const held = this.#heldBy(request);
      const image = await this.library.image(held?.imageDigest ?? request.image);
      const kernel = await this.library.kernel(held?.kernelDigest ?? request.kernel);
      if (image.parent !== undefined && (kernel.initrdFormat ?? 1) < layersFormat) {
        throw kernelTooOld(kernel.name || kernel.digest, image.name || image.digest);
      }
      // A lease that is older than names learns its own here.
      if (held?.holderName !== request.holderName) await this.#hold(request, image, kernel);
      return this.#describe(await this.library.image(image.digest), await this.library.kernel(kernel.digest));
    });
  }

  #heldBy({ holder, image, kernel }: AcquireLeaseRequest) {
    const lease = this.catalog.lease(holder);
    return lease?.imageReference === image && lease.kernelReference === kernel ? lease : undefined;
  }

  async #hold(request: AcquireLeaseRequest, image: Image, kernel: Kernel): Promise<void> {
    const former = this.catalog.lease(request.holder);
    this.catalog.putLease({
      holder: request.holder,
      holderName: request.holderName,
      imageReference: request.image,
      kernelReference: request.kernel,
      imageDigest: image.digest,
      kernelDigest: kernel.digest,
    });
    // Only what the holder has let go of can have become garbage. After a lost catalogue there are leases still to come.
    if (former !== undefined) await this.library.collectGarbage();
  }

  async #describe(image: Image, kernel: Kernel): Promise<HeldObjects> {
    const chain = await this.library.chain(image);
    const [rootfsPath = '', ...layerPaths] = chain.map((each) => this.objects.filePath(each.digest, imageFile(each)));
    return {
      image,
      kernel,
      rootfsPath,
      layerPaths,
      vmlinuxPath: this.objects.filePath(kernel.digest, 'vmlinux'),
      initrdPath: this.objects.filePath(kernel.digest, 'initrd'),
      initrdFormat: kernel.initrdFormat ?? 1,
    };
  }
}
