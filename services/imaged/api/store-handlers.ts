import {
  type ImageServiceService,
  PruneImagesResponse,
  PruneReason,
  type VerifyReport,
} from '../../../gen/banger/imaged/v1/image_service.js';
import { type FieldViolation, invalidRequest } from '../../../lib/errors.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import type { PruneReason as Reason } from '../app/prune-objects.js';
import type { StoreUseCases } from '../app/store-use-cases.js';
import type { Verified } from '../app/verify-images.js';
import { nameProblems, referenceProblems } from '../domain/reference.js';
import { toImage, toProgress } from './convert.js';

type Methods = 'tagImage' | 'verifyImages' | 'pruneImages' | 'getStoreUsage' | 'exportImage';

const reasons: Readonly<Record<Reason, PruneReason>> = {
  damaged: PruneReason.DAMAGED,
  unnamed: PruneReason.UNNAMED,
  cache: PruneReason.CACHE,
  unused: PruneReason.UNUSED,
};

/** The methods that look after the store as a whole. */
export function storeHandlers(use: StoreUseCases): Pick<Handlers<typeof ImageServiceService>, Methods> {
  return {
    async tagImage(request) {
      check('tag an image', [...referenceProblems('image', request.image), ...nameProblems('name', request.name)]);
      return { image: toImage(await use.tagImage.run(request)) };
    },
    async *verifyImages({ images }, { signal }) {
      check(
        'verify images',
        images.flatMap((image, i) => referenceProblems(`images[${i}]`, image)),
      );
      for await (const event of use.verifyImages.run(images, signal)) {
        if ('progress' in event) yield { event: { $case: 'progress', value: toProgress(event.progress) } };
        else yield { event: { $case: 'report', value: toReport(event.result) } };
      }
    },
    async pruneImages(request) {
      const items = await use.pruneObjects.run(request);
      return PruneImagesResponse.create({ items: items.map((item) => ({ ...item, reason: reasons[item.reason] })) });
    },
    async *exportImage({ image }, { signal }) {
      check('export an image', referenceProblems('image', image));
      for await (const { data, ...progress } of use.exportImage.run(image, signal)) {
        yield { data: Buffer.from(data.buffer, data.byteOffset, data.byteLength), ...progress };
      }
    },
    async getStoreUsage() {
      return use.storeUsage.run();
    },
  };
}

function toReport(verified: readonly Verified[]): VerifyReport {
  const objects = verified.map((one) => ({ ...one, names: [...one.names], problems: [...one.problems] }));
  return { objects };
}

function check(what: string, problems: readonly FieldViolation[]): void {
  if (problems.length > 0) throw invalidRequest(what, problems);
}
