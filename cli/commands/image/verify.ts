import { VerifyReport } from '../../../gen/banger/imaged/v1/image_service.js';
import { followBuild } from '../../build-progress.js';
import { defineCommand } from '../../define-command.js';
import { imageDamaged } from '../../errors.js';
import { verifyTable } from '../../views/store.js';

export const command = defineCommand({
  summary: 'Read images again and compare them with their digests',
  description:
    'Finds files that have changed, shrunk or vanished, and manifests that cannot be read. Changes nothing. Ends with 0 ' +
    'when all images are whole, and with 5 when one is damaged.',
  positionals: [
    {
      name: 'image',
      summary: 'A name, or a digest with "sha256:"; all images unless given',
      optional: true,
      variadic: true,
    },
  ],
  examples: [
    ['image verify', 'all images, and what lies in the store and cannot be read'],
    ['image verify debian --json', 'one, for programs'],
  ],
  async run(ctx, call) {
    const images = call.positionals.filter((image) => image !== undefined);
    const imaged = await ctx.clients.imaged();
    const stream = imaged.verifyImages({ images }, { signal: ctx.signal });
    const { value: report } = await followBuild(ctx, 'verification', stream);
    const damaged = report.objects.filter(({ problems }) => problems.length > 0);
    return {
      json: VerifyReport.toJSON(report),
      text: (style) => verifyTable(report.objects, style),
      errors: damaged.map(({ names, digest, problems }) => imageDamaged(names[0] ?? digest, problems)),
    };
  },
});
