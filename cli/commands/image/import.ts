import { Image, ImportKind } from '../../../gen/banger/imaged/v1/image_service.js';
import { existsSync } from '../../../lib/host/files.js';
import { followBuild } from '../../build-progress.js';
import { tagOption } from '../../customizing.js';
import { defineCommand, positional } from '../../define-command.js';
import { importSource } from '../../import-source.js';
import { withInputAsFile } from '../../transfer.js';
import { imageIsReady } from '../../views/image.js';

const kinds = {
  layout: ImportKind.LAYOUT,
  archive: ImportKind.ARCHIVE,
  registry: ImportKind.REGISTRY,
  export: ImportKind.EXPORT,
  disk: ImportKind.DISK,
} as const;

export const command = defineCommand({
  summary: 'Make an image of a container image, an export or a disk',
  description:
    'SOURCE is a folder in the layout of OCI, an archive of one, an archive made by "docker save", or a reference to a ' +
    'registry: docker://REFERENCE, or HOST/NAME:TAG. "oci:FOLDER:TAG", "oci-archive:FILE:TAG" and ' +
    '"docker-archive:FILE:REFERENCE" choose one image of several. Or it is an archive of "banger image export", or an ext4 ' +
    'file system that a VM can boot from, raw or as qcow2; "-" reads any of the files from standard input. What a container image lacks to boot, an init and an ' +
    'ssh server, is added. A source that has not changed returns at once. Ctrl-C ends the import, and nothing is left.',
  positionals: [{ name: 'source', summary: 'A path, or a reference' }],
  options: {
    tag: tagOption,
    kind: { type: 'text', summary: 'What the source is; found out unless given', choices: Object.keys(kinds) },
  },
  examples: [
    ['image import docker://debian:12 --tag debian-12', 'from a registry'],
    ['image import app.tar --tag app', 'from an archive made by "docker save"'],
    ['image import web.tar.zst --tag web', 'what another banger has exported'],
    ['image import - --tag web', 'the same from a pipe'],
    ['image import root.qcow2 --tag own', 'a file system that somebody else has made'],
    ['image import oci:layout:1.2 --tag app', 'one image of a layout'],
  ],
  async run(ctx, call) {
    const { tag: name, kind } = call.options;
    const imaged = await ctx.clients.imaged();
    const importFrom = async (source: string) => {
      const request = { source, name, kind: kinds[kind as keyof typeof kinds] ?? ImportKind.UNSPECIFIED };
      return followBuild(ctx, `image ${name}`, imaged.importImage(request, { signal: ctx.signal }));
    };
    const given = positional(call, 0);
    const { value: image } =
      given === '-'
        ? await withInputAsFile(ctx, importFrom)
        : await importFrom(importSource(given, { cwd: process.cwd(), exists: existsSync }));
    return {
      json: Image.toJSON(image),
      text: () => imageIsReady(image),
    };
  },
});
