import {
  type BuildKernelResponse,
  type ImageServiceService,
  type ImportKernelRequest,
  type Kernel as KernelMessage,
  ListKernelsResponse,
} from '../../../gen/banger/imaged/v1/image_service.js';
import type { FieldViolation } from '../../../lib/errors.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import type { BuildEvent } from '../app/builds.js';
import type { KernelUseCases } from '../app/kernel-use-cases.js';
import type { Library } from '../app/library.js';
import type { StockFromBundle } from '../app/stock-from-bundle.js';
import type { Kernel } from '../domain/image.js';
import { nameProblems, pathProblems, referenceProblems } from '../domain/reference.js';
import { check } from './check.js';
import { toKernel, toProgress } from './convert.js';

type Methods =
  | 'buildKernel'
  | 'importKernel'
  | 'getKernel'
  | 'listKernels'
  | 'getDefaultKernel'
  | 'setDefaultKernel'
  | 'deleteKernel';

type Describe = (kernel: Kernel) => Promise<KernelMessage>;

/** The methods about kernels. */
export function kernelHandlers(
  use: KernelUseCases & { readonly library: Library; readonly stock: StockFromBundle },
  describe: Describe,
): Pick<Handlers<typeof ImageServiceService>, Methods> {
  const { library } = use;
  const describeAny = (kernel: Kernel | undefined) => (kernel ? describe(kernel) : undefined);
  return {
    async *buildKernel({ rebuild }, { signal }) {
      for await (const event of use.buildKernel.run({ rebuild }, signal)) yield await kernelEvent(event, describe);
    },
    async *importKernel(request, { signal }) {
      check('import a kernel', importProblems(request));
      for await (const event of use.importKernel.run(request, signal)) yield await kernelEvent(event, describe);
    },
    async getKernel({ kernel }) {
      check('show a kernel', referenceProblems('kernel', kernel));
      await use.stock.kernel(kernel);
      const found = await library.kernel(kernel);
      const [vmlinuxPath, initrdPath] = [library.pathOf(found, 'vmlinux'), library.pathOf(found, 'initrd')];
      return { kernel: await describe(found), vmlinuxPath, initrdPath, initrdFormat: found.initrdFormat ?? 1 };
    },
    async listKernels() {
      const chosen = (await library.defaultKernel())?.digest;
      const kernels = await library.list('kernel');
      return ListKernelsResponse.create({ kernels: kernels.map((kernel) => toKernel(kernel, chosen)) });
    },
    async getDefaultKernel() {
      const { chosen } = await use.defaultKernel.get();
      return { kernel: await describe(await library.kernel('')), chosen };
    },
    async setDefaultKernel({ kernel: reference }) {
      check('choose the default kernel', reference === '' ? [] : referenceProblems('kernel', reference));
      const { kernel, chosen } = await use.defaultKernel.set(reference);
      return { kernel: await describeAny(kernel), chosen };
    },
    async deleteKernel({ kernel }) {
      check('delete a kernel', referenceProblems('kernel', kernel));
      const { remainingNames, wasDefault, newDefault } = await use.deleteKernel.run(kernel);
      return { remainingNames: [...remainingNames], wasDefault, defaultKernel: await describeAny(newDefault) };
    },
  };
}

function importProblems({ file, name, modules }: ImportKernelRequest): FieldViolation[] {
  return [
    ...pathProblems('file', file),
    ...(name === '' ? [] : nameProblems('name', name)),
    ...(modules === '' ? [] : pathProblems('modules', modules)),
  ];
}

async function kernelEvent(event: BuildEvent<Kernel>, describe: Describe): Promise<BuildKernelResponse> {
  if ('result' in event) return { event: { $case: 'kernel', value: await describe(event.result) } };
  return { event: { $case: 'progress', value: toProgress(event.progress) } };
}
