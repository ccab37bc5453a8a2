import { digestOfInputs } from '../domain/digest.js';
import { type KernelOrigin, kernelUnreadable } from '../domain/errors.js';
import type { Kernel, Provenance } from '../domain/image.js';
import { guestModules } from '../domain/initrd.js';
import type { KernelPackage } from '../domain/kernel-package.js';
import type { BuildEvent, Builds } from './builds.js';
import { findStored } from './find-stored.js';
import type { Library } from './library.js';
import type { KernelBuilder, Objects, Packages, Preflight, Work } from './ports.js';
import { type Report, Steps } from './steps.js';
import { checkBootable, type ReadyKernel, reading, storeKernel } from './store-kernel.js';

export interface BuildKernelRequest {
  readonly rebuild: boolean;
}

export interface BuildKernelWorld {
  /** The distribution's package, which may only depend on the newest kernel. */
  readonly packageName: string;
  readonly preflight: Preflight;
  readonly packages: Packages;
  readonly kernels: KernelBuilder;
  readonly objects: Objects;
  readonly library: Library;
  readonly builds: Builds<Kernel>;
}

const stepNames = [
  'find the kernel package',
  'download the kernel package',
  'unpack the kernel',
  'make the initrd',
  'store the kernel',
] as const;
/** Raised when the way a kernel object is made changes, so that equal inputs are built anew. */
const format = 1;

interface Inputs {
  readonly suite: string;
  readonly package: KernelPackage;
  readonly digest: string;
}

/** Builds the kernel object from the distribution's package; returns at once when nothing has changed. */
export class BuildKernel {
  constructor(private readonly world: BuildKernelWorld) {}

  run({ rebuild }: BuildKernelRequest, signal: AbortSignal): AsyncIterable<BuildEvent<Kernel>> {
    const start = (report: Report, ended: AbortSignal) => this.#build(rebuild, report, ended);
    return this.world.builds.follow('kernel', rebuild ? 'rebuild' : '', start, signal);
  }

  async #build(rebuild: boolean, report: Report, signal: AbortSignal): Promise<Kernel> {
    const { kernels, objects } = this.world;
    const steps = new Steps('kernel', stepNames, report, signal);
    const { inputs: found, stored } = await findStored(this.world, {
      kind: 'kernel',
      isCandidate: ({ name }) => !rebuild && name !== '',
      findInputs: () => steps.run('find the kernel package', (work) => this.#inputs(work)),
    });
    if (stored) return stored;
    return objects.withWorkFolder(async (folder) => {
      const { inputs, packageFile } = await steps.run('download the kernel package', (work) =>
        this.#download(found, folder, work),
      );
      const ready = await steps.run('unpack the kernel', (work) => this.#unpack(packageFile, inputs, folder, work));
      await steps.run('make the initrd', (work) => kernels.makeInitrd(ready.modules, `${folder}/initrd`, work));
      return steps.run('store the kernel', (work) => storeKernel(this.world, ready, folder, work));
    });
  }

  async #inputs(work: Work): Promise<Inputs> {
    const { packages, kernels, packageName } = this.world;
    const found = await packages.findKernel(packageName, work);
    const { name, version } = found.package;
    const initrd = await kernels.inputsDigest();
    return { ...found, digest: digestOfInputs({ format, package: name, version, initrd, modules: guestModules }) };
  }

  /** Archives drop a version soon after its successor: what the host's lists name may be gone, and a newer one there. */
  async #download(inputs: Inputs, folder: string, work: Work): Promise<{ inputs: Inputs; packageFile: string }> {
    const { packages } = this.world;
    try {
      return { inputs, packageFile: await packages.download(inputs.package, folder, work) };
    } catch (error) {
      if (work.signal.aborted || !(await packages.refresh(work))) throw error;
      const latest = await this.#inputs(work);
      return { inputs: latest, packageFile: await packages.download(latest.package, folder, work) };
    }
  }

  #unpack(packageFile: string, inputs: Inputs, folder: string, work: Work): Promise<ReadyKernel> {
    const { kernels } = this.world;
    const origin: KernelOrigin = { verb: 'build the kernel from', source: inputs.package.name };
    const refuse = (why: string) => kernelUnreadable(origin, why);
    return reading(refuse, async () => {
      work.tell({ detail: 'vmlinux' });
      const unpacked = await kernels.unpack(packageFile, folder, work);
      const entries = checkBootable(origin, unpacked);
      const { modules: tree, release } = unpacked;
      if (tree === undefined) throw new RangeError(`the package holds no modules of ${release}`);
      work.tell({ detail: 'modules' });
      const modules = await kernels.modules(tree, release, work);
      return { unpacked, entries, modules, provenance: provenanceOf(inputs) };
    });
  }
}

function provenanceOf({ suite, digest: inputDigest, package: { name, version } }: Inputs): Provenance {
  return { source: name, suite, packages: [`${name}=${version}`], inputDigest };
}
