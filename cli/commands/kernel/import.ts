import { resolve } from 'node:path';
import { Kernel } from '../../../gen/banger/imaged/v1/image_service.js';
import { followBuild } from '../../build-progress.js';
import { defineCommand, positional } from '../../define-command.js';
import { entriesOf, modulesOf } from '../../views/kernel.js';

export const command = defineCommand({
  summary: 'Make a kernel of a file: bzImage, ELF vmlinux or Debian package',
  description:
    'The kernel must be for x86-64, and bootable by QEMU or Firecracker. Its drivers come from --modules, or from the package; ' +
    'without either everything that a VM needs must be built in. Ctrl-C ends the import, and nothing is left.',
  positionals: [{ name: 'file', summary: 'A bzImage (gzip, lz4, xz, zstd), an ELF vmlinux or a linux-image-*.deb' }],
  options: {
    name: { type: 'text', summary: 'Its name; its release unless given' },
    modules: { type: 'text', summary: 'The modules of this very kernel: a folder as /lib/modules/RELEASE' },
  },
  examples: [
    ['kernel import linux-image-6.12.57-amd64.deb', "a distribution's kernel, with its modules"],
    ['kernel import /boot/vmlinuz-6.1.0-56-amd64 --modules /lib/modules/6.1.0-56-amd64', "this host's own kernel"],
    ['kernel import vmlinux --name mine', 'one with all drivers built in'],
  ],
  async run(ctx, call) {
    const { name = '', modules } = call.options;
    const file = resolve(positional(call, 0));
    const request = { file, name, modules: modules === undefined ? '' : resolve(modules) };
    const imaged = await ctx.clients.imaged();
    const stream = imaged.importKernel(request, { signal: ctx.signal });
    const { value: kernel } = await followBuild(ctx, `kernel ${file}`, stream);
    return {
      json: Kernel.toJSON(kernel),
      text: () =>
        [
          `kernel ${kernel.name} is ready: ${kernel.release}, ${kernel.digest}`,
          `boots ${entriesOf(kernel)}; modules: ${modulesOf(kernel)}`,
        ].join('\n'),
    };
  },
});
