import {
  type AcquireLeaseResponse,
  type Image,
  ImageInit,
  ImageServiceService,
  KernelEntry,
} from '../../../gen/banger/imaged/v1/image_service.js';
import { isBangerError } from '../../../lib/errors.js';
import { createClient } from '../../../lib/rpc/client.js';
import type { RpcClient } from '../../../lib/rpc/contract.js';
import type { Holder, Images, Lease, MadeImage, NewLayer } from '../app/ports.js';
import { missingInAnswer, peerDeadlineMs } from './answers.js';

/** It only looks: who does not answer by then is not there. */
const lookDeadlineMs = 5_000;

/** Images and kernels, as imaged keeps them. */
export class ImagedImages implements Images {
  readonly #client: RpcClient<typeof ImageServiceService>;

  constructor(socketPath: string) {
    this.#client = createClient(ImageServiceService, 'imaged', socketPath, { waitForReady: true });
  }

  async check(image: string, kernel: string, signal?: AbortSignal): Promise<void> {
    const options = { deadlineMs: peerDeadlineMs, signal };
    const checks: Promise<unknown>[] = [this.#client.getImage({ image }, options)];
    if (kernel !== '') checks.push(this.#client.getKernel({ kernel }, options));
    await Promise.all(checks);
  }

  async acquire({ uid, name }: Holder, image: string, kernel: string, signal?: AbortSignal): Promise<Lease> {
    const options = { deadlineMs: peerDeadlineMs, signal };
    const request = { holder: uid, holderName: name, image, kernel };
    return toLease(await this.#client.acquireLease(request, options));
  }

  async isHeld(uid: string, digest: string, signal?: AbortSignal): Promise<boolean> {
    const call = this.#client.getImage({ image: digest }, { deadlineMs: peerDeadlineMs, signal });
    return call.then(
      ({ image }) => image?.holders.includes(uid) ?? false,
      (error) => {
        if (isBangerError(error) && error.kind === 'not-found') return false;
        throw error;
      },
    );
  }

  async holders(signal?: AbortSignal): Promise<string[]> {
    const options = { deadlineMs: lookDeadlineMs, signal };
    const [{ images }, { kernels }] = await Promise.all([
      this.#client.listImages({}, options),
      this.#client.listKernels({}, options),
    ]);
    return [...new Set([...images, ...kernels].flatMap(({ holders }) => holders))];
  }

  async release(holder: string, signal?: AbortSignal): Promise<void> {
    await this.#client.releaseLease({ holder }, { deadlineMs: peerDeadlineMs, signal });
  }

  async addLayer(layer: NewLayer, signal?: AbortSignal): Promise<MadeImage> {
    const { image: name, parent, path, source, inputDigest } = layer;
    let made: Image | undefined;
    for await (const { event } of this.#client.addLayer({ name, parent, path, source, inputDigest }, { signal })) {
      if (event?.$case === 'image') made = event.value;
    }
    if (made === undefined) throw missingInAnswer('imaged', 'image');
    return { name: made.name, digest: made.digest };
  }

  async digestOf(image: string, signal?: AbortSignal): Promise<string> {
    const answer = await this.#client.getImage({ image }, { deadlineMs: peerDeadlineMs, signal });
    if (answer.image === undefined) throw missingInAnswer('imaged', 'image');
    return answer.image.digest;
  }

  async findMade(name: string, inputDigest: string, signal?: AbortSignal): Promise<MadeImage | undefined> {
    const { images } = await this.#client.listImages({}, { deadlineMs: peerDeadlineMs, signal });
    const found = images.find((image) => image.name === name && image.provenance?.inputDigest === inputDigest);
    return found && { name, digest: found.digest };
  }

  close(): void {
    this.#client.close();
  }
}

function toLease({ image, kernel, ...paths }: AcquireLeaseResponse): Lease {
  if (image === undefined) throw missingInAnswer('imaged', 'image');
  if (kernel === undefined) throw missingInAnswer('imaged', 'kernel');
  const init = image.init === ImageInit.LIGHT ? 'light' : 'system';
  const origin = { digest: image.digest, init, user: image.defaultUser || 'root' } as const;
  // One that was made before entries were recorded came from a distribution, and those have it.
  const kernelHasPvh = kernel.entries.length === 0 || kernel.entries.includes(KernelEntry.PVH);
  return { origin, kernelDigest: kernel.digest, kernelHasPvh, ...paths };
}
