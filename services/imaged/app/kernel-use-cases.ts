import type { Kernel } from '../domain/image.js';
import { BuildKernel, type BuildKernelWorld } from './build-kernel.js';
import { Builds } from './builds.js';
import { DefaultKernel } from './default-kernel.js';
import { DeleteKernel } from './delete-kernel.js';
import { DeleteObject } from './delete-object.js';
import { ImportKernel } from './import-kernel.js';
import type { Catalog } from './ports.js';

export interface KernelWorld extends Omit<BuildKernelWorld, 'builds'> {
  readonly catalog: Catalog;
}

export type KernelUseCases = ReturnType<typeof kernelUseCases>;

/** What makes kernels, chooses among them, and removes them. */
export function kernelUseCases(world: KernelWorld) {
  const { library, catalog } = world;
  return {
    buildKernel: new BuildKernel({ ...world, builds: new Builds<Kernel>() }),
    importKernel: new ImportKernel({ ...world, builds: new Builds<Kernel>() }),
    defaultKernel: new DefaultKernel(library, catalog),
    deleteKernel: new DeleteKernel(library, new DeleteObject(library, catalog)),
  };
}
