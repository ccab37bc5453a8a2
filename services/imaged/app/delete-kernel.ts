import type { Kernel } from '../domain/image.js';
import type { DeleteObject } from './delete-object.js';
import type { Library } from './library.js';

export interface DeletedKernel {
  /** The names under which it stays; none when it is gone. */
  readonly remainingNames: readonly string[];
  readonly wasDefault: boolean;
  /** The default from now on, when it was; undefined when no kernel is left. */
  readonly newDefault?: Kernel | undefined;
}

/** Removes a kernel. When it was the default, the one that was made last is so from then on. */
export class DeleteKernel {
  constructor(
    private readonly library: Library,
    private readonly deleteObject: DeleteObject,
  ) {}

  async run(reference: string): Promise<DeletedKernel> {
    const before = await this.library.defaultKernel();
    const remainingNames = await this.deleteObject.run('kernel', reference);
    const newDefault = await this.library.defaultKernel();
    const wasDefault = before !== undefined && before.digest !== newDefault?.digest;
    return { remainingNames, wasDefault, ...(wasDefault && { newDefault }) };
  }
}
