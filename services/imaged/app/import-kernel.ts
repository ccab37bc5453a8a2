import { digestOf, digestOfInputs } from '../domain/digest.js';
import { type KernelOrigin, kernelModulesUnusable, kernelUnreadable } from '../domain/errors.js';
import type { Kernel, Provenance } from '../domain/image.js';
import type { KernelModule } from '../domain/initrd.js';
import type { BuildEvent, Builds } from './builds.js';
import type { Library } from './library.js';
import type { KernelBuilder, KernelPaths, Objects, Preflight, UnpackedKernel, Work } from './ports.js';
import { type Report, Steps } from './steps.js';
import { checkBootable, reading, storeKernel } from './store-kernel.js';

export interface ImportKernelRequest extends KernelPaths {
  /** Empty for the kernel's release. */
  readonly name: string;
}

export interface ImportKernelWorld {
  readonly preflight: Preflight;
  readonly kernels: KernelBuilder;
  readonly objects: Objects;
  readonly library: Library;
  readonly builds: Builds<Kernel>;
}

const stepNames = ['unpack the kernel', 'find its modules', 'make the initrd', 'store the kernel'] as const;
/** Part of what tells an import's inputs from those of a build. */
const format = 'import 1';

/** Makes a kernel object of a file on this host, with modules from a folder, from the package, or with none. */
export class ImportKernel {
  constructor(private readonly world: ImportKernelWorld) {}

  run(request: ImportKernelRequest, signal: AbortSignal): AsyncIterable<BuildEvent<Kernel>> {
    const { file, modules, name } = request;
    const start = (report: Report, ended: AbortSignal) => this.#import(request, report, ended);
    return this.world.builds.follow(`kernel ${file}`, JSON.stringify([modules, name]), start, signal);
  }

  async #import(request: ImportKernelRequest, report: Report, signal: AbortSignal): Promise<Kernel> {
    const { preflight, kernels, objects } = this.world;
    const origin: KernelOrigin = { verb: 'import the kernel', source: request.file };
    await kernels.checkPaths(request);
    await preflight.check('kernel import');
    const steps = new Steps(`kernel ${request.file}`, stepNames, report, signal);
    return objects.withWorkFolder(async (folder) => {
      const unpacked = await steps.run('unpack the kernel', (work) => this.#unpack(origin, folder, work));
      const entries = checkBootable(origin, unpacked);
      const modules = await steps.run('find its modules', (work) =>
        this.#modules(origin, request.modules, unpacked, work),
      );
      await steps.run('make the initrd', (work) => kernels.makeInitrd(modules, `${folder}/initrd`, work));
      return steps.run('store the kernel', async (work) => {
        const provenance = await this.#provenance(request.file, unpacked, modules);
        const wantedName = request.name === '' ? undefined : request.name;
        return storeKernel(this.world, { unpacked, entries, modules, provenance, wantedName }, folder, work);
      });
    });
  }

  #unpack(origin: KernelOrigin, folder: string, work: Work): Promise<UnpackedKernel> {
    const refuse = (why: string) => kernelUnreadable(origin, why);
    return reading(refuse, () => this.world.kernels.unpack(origin.source, folder, work));
  }

  /** Without a tree everything that a guest needs is taken to be built in. */
  async #modules(
    origin: KernelOrigin,
    wanted: string,
    { modules, release }: UnpackedKernel,
    work: Work,
  ): Promise<readonly KernelModule[]> {
    const tree = wanted === '' ? modules : wanted;
    if (tree === undefined) return [];
    const refuse = (why: string) => kernelModulesUnusable(origin, wanted, why);
    return reading(refuse, () => this.world.kernels.modules(tree, release, work));
  }

  async #provenance(
    file: string,
    { vmlinux, package: from }: UnpackedKernel,
    modules: readonly KernelModule[],
  ): Promise<Provenance> {
    const digests = modules.map(({ name, content }) => [name, digestOf(content)]);
    const inputs = { format, vmlinux: digestOf(vmlinux), modules: digests };
    return {
      // Everybody on the host may read it, so that it does not tell where the file was.
      source: from?.name ?? file.slice(file.lastIndexOf('/') + 1),
      suite: '',
      packages: from ? [`${from.name}=${from.version}`] : [],
      inputDigest: digestOfInputs({ ...inputs, initrd: await this.world.kernels.inputsDigest() }),
    };
  }
}
