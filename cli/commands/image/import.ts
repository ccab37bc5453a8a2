import { Image, ImportKind } from '../../../gen/banger/imaged/v1/image_service.js';
import { existsSync } from '../../../lib/host/files.js';
import { followBuild } from '../../build-progress.js';
import { defineCommand, positional } from '../../define-command.js';
import { importSource } from '../../import-source.js';
import { bytes } from '../../render/format.js';

const kinds = { layout: ImportKind.LAYOUT, archive: ImportKind.ARCHIVE, registry: ImportKind.REGISTRY } as const;

export const command = defineCommand({
  summary: 'Make an image of a container image',
  description:
    'SOURCE is a folder in the layout of OCI, an archive of one, an archive made by "docker save", or a reference to a ' +
    'registry: docker://REFERENCE, or HOST/NAME:TAG. "oci:FOLDER:TAG", "oci-archive:FILE:TAG" and ' +
    '"docker-archive:FILE:REFERENCE" choose one image of several. What a container image lacks to boot, an init and an ' +
    'ssh server, is added. A source that has not changed returns at once. Ctrl-C ends the import, and nothing is left.',
  positionals: [{ name: 'source', summary: 'A path, or a reference' }],
  options: {
    name: { type: 'text', summary: 'The name of the image', required: true },
    kind: { type: 'text', summary: 'What the source is; found out unless given', choices: Object.keys(kinds) },
  },
  examples: [
    ['image import docker://debian:12 --name debian-12', 'from a registry'],
    ['image import app.tar --name app', 'from an archive made by "docker save"'],
    ['image import oci:layout:1.2 --name app', 'one image of a layout'],
  ],
  async run(ctx, call) {
    const { name, kind } = call.options;
    const source = importSource(positional(call, 0), { cwd: process.cwd(), exists: existsSync });
    const request = { source, name, kind: kinds[kind as keyof typeof kinds] ?? ImportKind.UNSPECIFIED };
    const imaged = await ctx.clients.imaged();
    const stream = imaged.importImage(request, { signal: ctx.signal });
    const { value: image } = await followBuild(ctx, `image ${name}`, stream);
    return {
      json: Image.toJSON(image),
      text: () => `image ${image.name} is ready: ${bytes(image.diskUsageBytes)} on disk, ${image.digest}`,
    };
  },
});
