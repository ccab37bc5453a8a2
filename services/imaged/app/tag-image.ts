import { imageNameTaken } from '../domain/errors.js';
import type { Image } from '../domain/image.js';
import { parentsAmong } from '../domain/layers.js';
import type { Library } from './library.js';
import type { Catalog } from './ports.js';

export interface TagImageRequest {
  readonly image: string;
  readonly name: string;
  /** Also when another image is removed for want of a name. */
  readonly force: boolean;
}

/** Gives an image one more name, taking it from another image. */
export class TagImage {
  constructor(
    private readonly library: Library,
    private readonly catalog: Catalog,
  ) {}

  run({ image, name, force }: TagImageRequest): Promise<Image> {
    return this.library.exclusive(async () => {
      const { digest } = await this.library.image(image);
      const former = this.catalog.tags('image').get(name);
      if (former !== digest) {
        if (!force && former !== undefined) await this.#refuseLoss(name, image, former);
        this.catalog.tag('image', name, digest);
        await this.library.collectGarbage();
      }
      return this.library.image(digest);
    });
  }

  async #refuseLoss(name: string, image: string, former: string): Promise<void> {
    const images = await this.library.list('image');
    const other = images.find(({ digest }) => digest === former);
    const isNeeded = other && (other.names.length > 1 || other.holders.length > 0 || parentsAmong(images).has(former));
    if (other && !isNeeded) throw imageNameTaken(name, image, former);
  }
}
