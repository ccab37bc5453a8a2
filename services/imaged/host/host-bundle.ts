import { basename, join } from 'node:path';
import { bundleDamaged, bundleReasons } from '../../../lib/bundle/errors.js';
import { locateRuntime } from '../../../lib/bundle/locate.js';
import { type Bundle, type BundleKernel, type BundleRootfs, openBundle } from '../../../lib/bundle/read.js';
import { isBangerError } from '../../../lib/errors.js';
import { measureFile } from '../../../lib/host/digest.js';
import type { Paths } from '../../../lib/paths.js';
import type { RuntimeDecision } from '../../../lib/runtime.js';
import type { Offer, RuntimeBundle, Work } from '../app/ports.js';
import { kernelDigest } from '../domain/digest.js';
import type { ImageManifest, KernelManifest } from '../domain/image.js';
import { runBuildTool } from './build-tool.js';

const copyTimeoutMs = 60 * 60_000;

/** The runtime bundle of this host. It is read anew each time, for it may be replaced, and never written to. */
export class HostBundle implements RuntimeBundle {
  constructor(private readonly place: RuntimeDecision) {}

  /** The one that this program looks for. Fails with INVALID_CONFIG. */
  static here(paths: Paths): HostBundle {
    return new HostBundle(locateRuntime(paths, process.env));
  }

  async image(): Promise<Offer<ImageManifest> | undefined> {
    const bundle = await this.#open();
    return bundle?.rootfs && imageOffer(bundle, bundle.rootfs);
  }

  async kernel(): Promise<Offer<KernelManifest> | undefined> {
    const bundle = await this.#open();
    return bundle?.kernel && kernelOffer(bundle, bundle.kernel);
  }

  async #open(): Promise<Bundle | undefined> {
    return openBundle(this.place.path, this.place.source).catch((error) => {
      if (isBangerError(error, bundleReasons.BUNDLE_MISSING)) return undefined;
      throw error;
    });
  }
}

function imageOffer(bundle: Bundle, rootfs: BundleRootfs): Offer<ImageManifest> {
  const { name, digest, init, defaultUser, provenance, path } = rootfs;
  const manifest = { kind: 'image', digest, wantedName: name, provenance, sizeBytes: 0, init, defaultUser } as const;
  return {
    manifest: { ...manifest, createTime: '' },
    async take(folder, work) {
      const file = await copy(bundle, path, join(folder, 'rootfs.ext4'), work);
      check(bundle, path, digest, file.digest);
      return { ...manifest, digest: file.digest, sizeBytes: file.bytes, createTime: new Date().toISOString() };
    },
  };
}

function kernelOffer(bundle: Bundle, kernel: BundleKernel): Offer<KernelManifest> {
  const { name, digest, release, initrdFormat, provenance, vmlinuxPath, initrdPath } = kernel;
  const manifest = { kind: 'kernel', digest, wantedName: name, provenance, release, initrdFormat } as const;
  return {
    manifest: { ...manifest, vmlinuxBytes: 0, initrdBytes: 0, createTime: '' },
    async take(folder, work) {
      const vmlinux = await copy(bundle, vmlinuxPath, join(folder, 'vmlinux'), work);
      const initrd = await copy(bundle, initrdPath, join(folder, 'initrd'), work);
      const actual = kernelDigest(vmlinux.digest, initrd.digest);
      check(bundle, vmlinuxPath, digest, actual);
      const sizes = { vmlinuxBytes: vmlinux.bytes, initrdBytes: initrd.bytes };
      return { ...manifest, ...sizes, digest: actual, createTime: new Date().toISOString() };
    },
  };
}

/**
 * A copy that shares blocks where that works. Never a hard link: the store takes the right to write from its files, and
 * who may write to the bundle must not reach into the store.
 */
async function copy(bundle: Bundle, from: string, to: string, { signal }: Work) {
  const argv = ['cp', '--reflink=auto', '--sparse=always', '--', from, to];
  await runBuildTool(argv, { signal, timeoutMs: copyTimeoutMs });
  const file = await measureFile(to, { signal });
  const path = from.slice(bundle.folder.length + 1);
  const listed = bundle.metadata?.files[path];
  check(bundle, from, listed ? `sha256:${listed.sha256}` : '', file.digest);
  return file;
}

function check(bundle: Bundle, path: string, expected: string, actual: string): void {
  if (expected === '' || expected === actual) return;
  throw bundleDamaged(bundle.folder, [{ field: basename(path), description: `is ${actual}, not ${expected}` }]);
}
