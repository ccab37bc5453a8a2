import { createHash } from 'node:crypto';
import { BangerError } from '../../lib/errors.js';
import type { Holder, Images, Lease, MadeImage, NewLayer } from '../../services/vmm/app/ports.js';
import { Faults } from './faults.js';

/** imaged in memory. The first kernel is the default. */
export class FakeImages implements Images {
  /** By the holder's uid. */
  readonly leases = new Map<string, Lease>();
  readonly holderNames = new Map<string, string>();
  /** What the initrd of every kernel understands. */
  initrdFormat = 3;
  readonly faults = new Faults();
  /** What was made of VMs, by name. */
  readonly made = new Map<string, NewLayer & MadeImage>();
  readonly #images: Map<string, string>;
  readonly #kernels: Map<string, string>;

  constructor(images: readonly string[] = ['debian'], kernels: readonly string[] = ['cloud']) {
    this.#images = new Map(images.map((name) => [name, digestOf(`image ${name}`)]));
    this.#kernels = new Map(kernels.map((name) => [name, digestOf(`kernel ${name}`)]));
  }

  /** A newer build takes over an image's name; the former one stays under its digest. */
  rebuild(name: string): void {
    const former = this.#images.get(name) ?? '';
    this.#images.set(former, former).set(name, digestOf(`${former} rebuilt`));
  }

  async check(image: string, kernel: string, signal?: AbortSignal): Promise<void> {
    await this.faults.at('check', signal);
    this.#find(image, kernel);
  }

  async acquire({ uid, name }: Holder, image: string, kernel: string, signal?: AbortSignal): Promise<Lease> {
    await this.faults.at('acquire', signal);
    const found = this.#find(image, kernel);
    const lease: Lease = {
      origin: { digest: found.image, init: 'system', user: 'root' },
      kernelDigest: found.kernel,
      kernelHasPvh: true,
      rootfsPath: `/objects/${found.image}/rootfs.ext4`,
      layerPaths: [],
      initrdFormat: this.initrdFormat,
      vmlinuxPath: `/objects/${found.kernel}/vmlinux`,
      initrdPath: `/objects/${found.kernel}/initrd.cpio.gz`,
    };
    this.leases.set(uid, lease);
    this.holderNames.set(uid, name);
    return lease;
  }

  async isHeld(uid: string, digest: string, signal?: AbortSignal): Promise<boolean> {
    await this.faults.at('isHeld', signal);
    return this.leases.get(uid)?.origin.digest === digest;
  }

  async holders(signal?: AbortSignal): Promise<string[]> {
    await this.faults.at('holders', signal);
    return [...this.leases.keys()];
  }

  /** As imaged without its catalogue. */
  forgetLeases(): void {
    this.leases.clear();
    this.holderNames.clear();
  }

  async release(uid: string, signal?: AbortSignal): Promise<void> {
    await this.faults.at('release', signal);
    this.leases.delete(uid);
    this.holderNames.delete(uid);
  }

  async addLayer(layer: NewLayer, signal?: AbortSignal): Promise<MadeImage> {
    await this.faults.at('addLayer', signal);
    const made = { ...layer, name: layer.image, digest: digestOf(`${layer.parent} and ${layer.inputDigest}`) };
    this.made.set(layer.image, made);
    this.#images.set(layer.image, made.digest);
    return { name: made.name, digest: made.digest };
  }

  async digestOf(image: string, signal?: AbortSignal): Promise<string> {
    await this.faults.at('digestOf', signal);
    return this.#find(image, '').image;
  }

  async findMade(name: string, inputDigest: string, signal?: AbortSignal): Promise<MadeImage | undefined> {
    await this.faults.at('findMade', signal);
    const made = this.made.get(name);
    return made?.inputDigest === inputDigest ? { name, digest: made.digest } : undefined;
  }

  #find(image: string, kernel: string): { image: string; kernel: string } {
    const imageDigest = lookUp(this.#images, image);
    if (imageDigest === undefined) throw notFound('IMAGE_NOT_FOUND', `image ${image} does not exist`);
    const kernelDigest = kernel === '' ? [...this.#kernels.values()][0] : lookUp(this.#kernels, kernel);
    if (kernelDigest === undefined) throw notFound('KERNEL_NOT_FOUND', `kernel ${kernel} does not exist`);
    return { image: imageDigest, kernel: kernelDigest };
  }
}

function lookUp(known: ReadonlyMap<string, string>, reference: string): string | undefined {
  return known.get(reference) ?? [...known.values()].find((digest) => digest === reference);
}

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function notFound(reason: string, message: string): BangerError {
  return new BangerError('not-found', reason, message);
}
