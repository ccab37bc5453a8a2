import { PruneImagesResponse } from '../../../gen/banger/imaged/v1/image_service.js';
import { defineCommand } from '../../define-command.js';
import { pruneReport } from '../../views/store.js';

export const command = defineCommand({
  summary: 'Remove what nobody needs from the store',
  description:
    'That is what is damaged, what has neither a name nor a VM that holds it, and what is kept to make builds quick. ' +
    'What a VM holds is never touched.',
  options: {
    'dry-run': { type: 'flag', summary: 'Only tell what would go' },
    all: { type: 'flag', summary: 'Images with a name too, when no VM holds them' },
  },
  examples: [
    ['image prune --dry-run', 'what would go, and how much that frees'],
    ['image prune --all', 'and every image that no VM was made from'],
  ],
  async run(ctx, call) {
    const imaged = await ctx.clients.imaged();
    const request = { dryRun: call.options['dry-run'], all: call.options.all };
    const response = await imaged.pruneImages(request, { signal: ctx.signal, deadlineMs: 10 * 60_000 });
    return {
      json: PruneImagesResponse.toJSON(response),
      text: (style) => pruneReport(response.items, request.dryRun, style),
    };
  },
});
