import { kernelNotFound } from '../domain/errors.js';
import type { Kernel } from '../domain/image.js';
import { parseReference } from '../domain/reference.js';
import type { Library } from './library.js';
import type { Catalog } from './ports.js';

/** The kernel that VMs get when they name none. */
export interface Default {
  /** Undefined when there is no kernel. */
  readonly kernel: Kernel | undefined;
  /** Whether somebody chose it; else it is the one that was made last. */
  readonly chosen: boolean;
}

/** Shows and chooses the kernel that VMs get when they name none. VMs that exist keep what they hold. */
export class DefaultKernel {
  constructor(
    private readonly library: Library,
    private readonly catalog: Catalog,
  ) {}

  async get(): Promise<Default> {
    const kernel = await this.library.defaultKernel();
    const choice = this.catalog.tags('kernel').get(this.catalog.defaultKernel() ?? '');
    return { kernel, chosen: kernel !== undefined && kernel.digest === choice };
  }

  /** The choice is a name, and follows it to newer builds. An empty reference takes the choice back. */
  set(reference: string): Promise<Default> {
    return this.library.exclusive(async () => {
      this.catalog.setDefaultKernel(reference === '' ? undefined : await this.#nameOf(reference));
      return this.get();
    });
  }

  async #nameOf(reference: string): Promise<string> {
    const { name } = await this.library.kernel(reference);
    const wanted = parseReference(reference);
    if ('name' in wanted) return wanted.name;
    // Without a name it is gone as soon as its VMs are.
    if (name === '') throw kernelNotFound(reference, { names: [], recipes: [] });
    return name;
  }
}
