import { Image } from '../../../gen/banger/imaged/v1/image_service.js';
import { readSelector, selects } from '../../../lib/labels/selector.js';
import { defineCommand } from '../../define-command.js';
import { usageError } from '../../errors.js';
import { selectorOf, selectorOption } from '../../labels.js';
import { imageTable } from '../../views/image.js';

export const command = defineCommand({
  summary: 'List all images, or those with certain labels',
  description: 'The labels of an image are those of the container image that it was made of; others have none.',
  options: { selector: selectorOption },
  examples: [
    ['image list', 'a table'],
    ['image list -l maintainer', 'those of container images with this label'],
    ['image list --json', 'an array of images, for programs'],
  ],
  async run(ctx, call) {
    const selector = selectorOf(call.options.selector);
    const isSelected = selectionOf(selector);
    const imaged = await ctx.clients.imaged();
    const images = (await imaged.listImages({}, { signal: ctx.signal })).images.filter(isSelected);
    return {
      json: images.map((one) => Image.toJSON(one)),
      text: (style) =>
        images.length === 0 && selector !== '' ? `No image has the labels ${selector}.` : imageTable(images, style),
    };
  },
});

function selectionOf(selector: string): (image: Image) => boolean {
  const read = readSelector(selector);
  if ('value' in read) return ({ provenance }) => selects(read.value, provenance?.container?.labels ?? {});
  const mistakes = read.problems.map((description) => ({ field: '--selector', description }));
  throw usageError(mistakes, 'banger image list --help');
}
