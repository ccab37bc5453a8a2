import { digestOfInputs, kernelDigest } from '../domain/digest.js';
import type { Kernel, KernelManifest } from '../domain/image.js';
import { guestModules, initrdFormat } from '../domain/initrd.js';
import type { KernelPackage } from '../domain/kernel-package.js';
import type { BuildEvent, Builds } from './builds.js';
import { findStored } from './find-stored.js';
import type { Library } from './library.js';
import type { KernelBuilder, Objects, Packages, Preflight, Work } from './ports.js';
import { type Report, Steps } from './steps.js';

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
      const { vmlinux, modules } = await steps.run('unpack the kernel', (work) =>
        kernels.unpack(packageFile, inputs.package, folder, work),
      );
      await steps.run('make the initrd', (work) => kernels.makeInitrd(modules, `${folder}/initrd`, work));
      return steps.run('store the kernel', async (work) => {
        await objects.write(`${folder}/vmlinux`, vmlinux);
        return this.#store(folder, inputs, work);
      });
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

  async #store(folder: string, inputs: Inputs, work: Work): Promise<Kernel> {
    const { library, objects } = this.world;
    const vmlinux = await objects.measure(`${folder}/vmlinux`, work);
    const initrd = await objects.measure(`${folder}/initrd`, work);
    const { name, version, release } = inputs.package;
    const manifest: KernelManifest = {
      kind: 'kernel',
      digest: kernelDigest(vmlinux.digest, initrd.digest),
      createTime: new Date().toISOString(),
      provenance: {
        source: name,
        suite: inputs.suite,
        packages: [`${name}=${version}`],
        inputDigest: inputs.digest,
      },
      release,
      vmlinuxBytes: vmlinux.bytes,
      initrdBytes: initrd.bytes,
      initrdFormat,
    };
    return library.keep(folder, manifest);
  }
}
