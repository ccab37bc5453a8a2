import { defineCommand, positional } from '../../define-command.js';
import { interrupted, isInterrupted, usageError } from '../../errors.js';
import { bytes } from '../../render/format.js';
import { writeToOutput, writeWhole } from '../../transfer.js';

export const command = defineCommand({
  summary: 'Write an image into an archive',
  description:
    'With all layers that it lies on, and their digests: a tar archive, compressed by zstd, that "banger image import" ' +
    'takes. Without a file it goes to standard output, into a pipe. A file appears under its name when it is whole.',
  positionals: [{ name: 'image', summary: 'A name, or a digest with "sha256:"' }],
  options: { output: { type: 'text', alias: 'o', summary: 'The file; standard output for "-", and unless given' } },
  examples: [
    ['image export web -o web.tar.zst', 'into a file'],
    ['image export web', 'into a pipe, such as: | ssh HOST banger image import - --tag web'],
  ],
  async run(ctx, call) {
    const image = positional(call, 0);
    const path = call.options.output ?? '-';
    if (path === '-' && ctx.outputIsTerminal) {
      throw usageError(['standard output is a terminal: name a file with --output, or give a pipe']);
    }
    const imaged = await ctx.clients.imaged();
    async function* pieces(): AsyncIterable<Uint8Array> {
      for await (const { data, doneBytes, totalBytes } of imaged.exportImage({ image }, { signal: ctx.signal })) {
        ctx.progress.show(`image ${image}: ${bytes(doneBytes)} of ${bytes(totalBytes)}`);
        yield data;
      }
    }
    try {
      if (path === '-') {
        await writeToOutput(ctx, pieces());
        return undefined;
      }
      const written = await writeWhole(path, pieces());
      return { json: { path, bytes: written }, text: () => `image ${image} is in ${path}: ${bytes(written)}` };
    } catch (error) {
      throw isInterrupted(error) ? interrupted('the export was ended; nothing is left of it') : error;
    }
  },
});
