import {
  type AddLayerResponse,
  type BuildImageResponse,
  type ImageServiceService,
  type ImportImageResponse,
  type ImportImageRequest as ImportMessage,
  ListImagesResponse,
} from '../../../gen/banger/imaged/v1/image_service.js';
import { invalidRequest } from '../../../lib/errors.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import type { AcquireLease } from '../app/acquire-lease.js';
import type { AddLayer } from '../app/add-layer.js';
import type { BuildImage } from '../app/build-image.js';
import type { BuildEvent } from '../app/builds.js';
import type { DeleteObject } from '../app/delete-object.js';
import type { ImportImage, ImportImageRequest } from '../app/import-image.js';
import type { KernelUseCases } from '../app/kernel-use-cases.js';
import type { Library } from '../app/library.js';
import type { ReleaseLease } from '../app/release-lease.js';
import type { StockFromBundle } from '../app/stock-from-bundle.js';
import type { StoreUseCases } from '../app/store-use-cases.js';
import { type Image, imageFile, type Kernel } from '../domain/image.js';
import { parseImportSource } from '../domain/import-source.js';
import {
  holderNameProblems,
  holderProblems,
  nameProblems,
  pathProblems,
  recipeReferenceProblems,
  referenceProblems,
} from '../domain/reference.js';
import { check } from './check.js';
import { fromImportKind, toImage, toKernel, toProgress } from './convert.js';
import { kernelHandlers } from './kernel-handlers.js';
import { storeHandlers } from './store-handlers.js';

export interface UseCases extends KernelUseCases, StoreUseCases {
  readonly library: Library;
  readonly buildImage: BuildImage;
  readonly addLayer: AddLayer;
  readonly importImage: ImportImage;
  readonly deleteObject: DeleteObject;
  readonly acquireLease: AcquireLease;
  readonly stock: StockFromBundle;
  readonly releaseLease: ReleaseLease;
}

export function imageHandlers(use: UseCases): Handlers<typeof ImageServiceService> {
  const { library } = use;
  const describe = async (kernel: Kernel) => toKernel(kernel, (await library.defaultKernel())?.digest);
  return {
    ...storeHandlers(use),
    ...showHandlers(use),
    async *buildImage({ recipe, rebuild }, { signal }) {
      check('build an image', recipeReferenceProblems('recipe', recipe));
      for await (const event of use.buildImage.run({ recipe, rebuild }, signal)) yield imageEvent(event);
    },
    async *addLayer(request, { signal }) {
      const problems = [...referenceProblems('parent', request.parent), ...pathProblems('path', request.path)];
      check('make an image', [...nameProblems('name', request.name), ...problems]);
      for await (const event of use.addLayer.run(request, signal)) yield imageEvent(event);
    },
    async *importImage(request, { signal }) {
      for await (const event of use.importImage.run(toImport(request), signal)) yield imageEvent(event);
    },
    async listImages() {
      return ListImagesResponse.create({ images: (await library.list('image')).map(toImage) });
    },
    async deleteImage({ image }) {
      check('delete an image', referenceProblems('image', image));
      return { remainingNames: [...(await use.deleteObject.run('image', image))] };
    },
    ...kernelHandlers(use, describe),
    async acquireLease(request) {
      const kernelProblems = request.kernel === '' ? [] : referenceProblems('kernel', request.kernel);
      const problems = [...holderProblems(request.holder), ...referenceProblems('image', request.image)];
      check('hold an image', [...problems, ...kernelProblems, ...holderNameProblems(request.holderName)]);
      const { image, kernel, ...paths } = await use.acquireLease.run(request);
      return { image: toImage(image), kernel: await describe(kernel), ...paths, layerPaths: [...paths.layerPaths] };
    },
    async releaseLease({ holder }) {
      check('let go of an image', holderProblems(holder));
      await use.releaseLease.run(holder);
      return {};
    },
  };
}

/** What is asked for by its name may have yet to come from the runtime bundle. */
function showHandlers({ library, stock }: UseCases) {
  return {
    async getImage({ image }) {
      check('show an image', referenceProblems('image', image));
      await stock.image(image);
      const found = await library.image(image);
      return { image: toImage(found), path: library.pathOf(found, imageFile(found)) };
    },
  } satisfies Partial<Handlers<typeof ImageServiceService>>;
}

function toImport({ source, name, kind }: ImportMessage): ImportImageRequest {
  const asked = parseImportSource(source, fromImportKind(kind));
  const problems = nameProblems('name', name);
  if ('field' in asked) throw invalidRequest('import an image', [asked, ...problems]);
  check('import an image', problems);
  return { asked, text: source, name };
}

/** The messages of everything that makes an image have the same shape. */
function imageEvent(event: BuildEvent<Image>): BuildImageResponse & AddLayerResponse & ImportImageResponse {
  if ('result' in event) return { event: { $case: 'image', value: toImage(event.result) } };
  return { event: { $case: 'progress', value: toProgress(event.progress) } };
}
