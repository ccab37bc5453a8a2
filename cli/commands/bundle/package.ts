import { resolve } from 'node:path';
import { ImageInit } from '../../../gen/banger/imaged/v1/image_service.js';
import { type BundleParts, packageBundle } from '../../../lib/bundle/package.js';
import { bundleSteps } from '../../../lib/bundle/steps.js';
import { BangerError, invalidRequest } from '../../../lib/errors.js';
import { pathExists } from '../../../lib/host/files.js';
import { showSteps } from '../../bundle.js';
import type { Context } from '../../context.js';
import { defineCommand } from '../../define-command.js';
import { reasons, usageError } from '../../errors.js';
import { bytes } from '../../render/format.js';

const files = ['rootfs', 'vmlinux', 'initrd', 'firecracker', 'jailer'] as const;

export const command = defineCommand({
  summary: 'Pack a kernel, an image and a hypervisor into the archive of a runtime bundle',
  description:
    'Takes the kernel and the image that imaged has, or the files that are named. Writes the archive, and beside it a ' +
    `manifest, FILE.toml. The same parts give the same archive. How bundles come about: ${bundleSteps}.`,
  options: {
    output: { type: 'text', alias: 'o', summary: 'The archive; banger-runtime.tar.zst unless given' },
    image: { type: 'text', summary: 'The image; debian unless given' },
    kernel: { type: 'text', summary: 'The kernel; the default one unless given' },
    rootfs: { type: 'text', summary: 'A root file system (ext4) in place of an image of imaged' },
    vmlinux: { type: 'text', summary: 'A kernel in place of one of imaged; needs --initrd' },
    initrd: { type: 'text', summary: 'The initrd that goes with --vmlinux' },
    firecracker: { type: 'text', summary: 'The Firecracker program, to go into the bundle too' },
    jailer: { type: 'text', summary: 'The jailer of the same release' },
    compress: { type: 'text', choices: ['zstd', 'gzip'], summary: 'How the archive is packed; zstd unless given' },
  },
  examples: [
    ['bundle package', 'the default kernel and the image debian, into banger-runtime.tar.zst'],
    ['bundle package --firecracker ./firecracker --jailer ./jailer', 'with Firecracker'],
    ['bundle package --rootfs r.ext4 --vmlinux v --initrd i -o b.tar.zst', 'of files, without any service'],
  ],
  async run(ctx, { options }) {
    const given = Object.fromEntries(files.map((name) => [name, options[name] && resolve(options[name])]));
    await checkFiles(given);
    const parts = { ...(await partsOf(ctx, given, options)), programs: programsOf(given) };
    const output = resolve(options.output ?? 'banger-runtime.tar.zst');
    const compression = options.compress === 'gzip' ? 'gzip' : 'zstd';
    const work = { compression, signal: ctx.signal, onProgress: showSteps(ctx) } as const;
    const { manifest, manifestPath, metadata } = await packageBundle(parts, output, work);
    const { sha256, size = 0 } = manifest;
    return {
      json: { archive: output, manifest: manifestPath, sha256, size, metadata },
      text: () => `${output}: ${bytes(size)}\nunpack it with \`banger bundle fetch --manifest ${manifestPath}\``,
    };
  },
});

type Given = Readonly<Partial<Record<(typeof files)[number], string | undefined>>>;

async function checkFiles(given: Given): Promise<void> {
  if ((given.vmlinux === undefined) !== (given.initrd === undefined)) {
    throw usageError(['--vmlinux and --initrd go together'], 'banger bundle package --help');
  }
  const missing: string[] = [];
  for (const [name, path] of Object.entries(given)) if (path && !(await pathExists(path))) missing.push(name);
  const fields = missing.map((name) => ({ field: `--${name}`, description: 'there is no such file' }));
  if (fields.length > 0) throw invalidRequest('package a runtime bundle', fields);
}

function programsOf({ firecracker, jailer }: Given): BundleParts['programs'] {
  return { ...(firecracker && { firecracker }), ...(jailer && { jailer }) };
}

async function partsOf(
  ctx: Context,
  given: Given,
  names: { readonly image?: string | undefined; readonly kernel?: string | undefined },
) {
  const nothing = { source: 'a file', suite: '', packages: [], inputDigest: '' };
  const { rootfs, vmlinux, initrd } = given;
  return {
    rootfs: rootfs
      ? {
          name: names.image ?? 'default',
          digest: '',
          init: 'system' as const,
          defaultUser: 'root',
          provenance: nothing,
          path: rootfs,
        }
      : await imageOf(ctx, names.image ?? 'debian'),
    kernel:
      vmlinux && initrd
        ? {
            name: names.kernel ?? 'default',
            digest: '',
            release: '',
            initrdFormat: 1,
            provenance: nothing,
            vmlinuxPath: vmlinux,
            initrdPath: initrd,
          }
        : await kernelOf(ctx, names.kernel),
  };
}

async function imageOf(ctx: Context, name: string): Promise<BundleParts['rootfs']> {
  const imaged = await ctx.clients.imaged();
  const { image, path } = await imaged.getImage({ image: name }, { signal: ctx.signal });
  if (image === undefined) throw new Error(`imaged gave no image ${name}`);
  if (image.parent !== '') {
    const message = `cannot package image ${name}: it lies on another image, and a bundle holds one that stands alone; package its base`;
    throw new BangerError('unsupported', reasons.IMAGE_LAYERED, message, { metadata: { image: name } });
  }
  const { digest, defaultUser, provenance } = image;
  const init = image.init === ImageInit.LIGHT ? 'light' : 'system';
  return { name: image.name || name, digest, init, defaultUser, provenance: plain(provenance), path };
}

async function kernelOf(ctx: Context, name: string | undefined): Promise<BundleParts['kernel']> {
  const imaged = await ctx.clients.imaged();
  const wanted = name ?? (await defaultKernel(ctx));
  const { kernel, vmlinuxPath, initrdPath, initrdFormat } = await imaged.getKernel(
    { kernel: wanted },
    { signal: ctx.signal },
  );
  if (kernel === undefined) throw new Error(`imaged gave no kernel ${wanted}`);
  const { digest, release, provenance } = kernel;
  return {
    name: kernel.name || wanted,
    digest,
    release,
    initrdFormat,
    provenance: plain(provenance),
    vmlinuxPath,
    initrdPath,
  };
}

async function defaultKernel(ctx: Context): Promise<string> {
  const imaged = await ctx.clients.imaged();
  const { kernels } = await imaged.listKernels({}, { signal: ctx.signal });
  // Without one, imaged says what to do about it.
  return kernels.find((kernel) => kernel.defaultKernel)?.digest ?? 'default';
}

function plain(provenance: Partial<BundleParts['kernel']['provenance']> = {}): BundleParts['kernel']['provenance'] {
  const { source = '', suite = '', packages = [], inputDigest = '' } = provenance;
  return { source, suite, packages: [...packages], inputDigest };
}
