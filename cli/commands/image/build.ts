import { resolve } from 'node:path';
import { Image } from '../../../gen/banger/imaged/v1/image_service.js';
import { buildInVm } from '../../build-in-vm.js';
import { followBuild } from '../../build-progress.js';
import { buildVmOptions } from '../../customizing.js';
import { defineCommand } from '../../define-command.js';
import { usageError } from '../../errors.js';
import { bytes } from '../../render/format.js';

export const command = defineCommand({
  summary: 'Build an image from a recipe, or by a script in a VM of another',
  description:
    'A recipe is a TOML file: what banger ships by name, or one of your own by its path. A build whose inputs have not ' +
    'changed returns at once, and one whose last steps have changed repeats only those. Ctrl-C ends it, and nothing is ' +
    'left. With --from, the script is run as root in a VM that goes afterwards; it reaches no other network without --nat.',
  positionals: [
    {
      name: 'recipe',
      summary: 'debian, debian-light, debian-web or a file that ends in .toml; debian unless given',
      optional: true,
    },
  ],
  options: {
    rebuild: { type: 'flag', summary: 'Build even when nothing has changed' },
    from: { type: 'text', summary: 'Instead of a recipe: the image to begin with' },
    script: { type: 'text', summary: 'With --from: the file with the script' },
    tag: { type: 'text', summary: 'With --from: the name that the image gets' },
    ...buildVmOptions,
  },
  examples: [
    ['image build debian', "Debian, from this host's own apt sources"],
    ['image build debian-light', 'the one that boots fastest'],
    ['image build ./my.toml', 'your own, with the files beside it'],
    ['image build debian --rebuild', 'again, with the packages of today'],
    ['image build --from debian --script setup.sh --tag web', 'debian, and what the script changes'],
  ],
  async run(ctx, call) {
    const { from, script, tag, rebuild, nat, cpus, memory } = call.options;
    if (from === undefined) refuseAlone({ script, tag, cpus, memory, nat: nat || undefined });
    else return buildInVm(ctx, { base: from, script, tag, rebuild, nat, cpus, memory });
    const given = call.positionals[0] ?? 'debian';
    const recipe = isPath(given) ? resolve(given) : given;
    const imaged = await ctx.clients.imaged();
    const request = { recipe, rebuild: call.options.rebuild };
    const { value: image } = await followBuild(
      ctx,
      `image ${given}`,
      imaged.buildImage(request, { signal: ctx.signal }),
    );
    return {
      json: Image.toJSON(image),
      text: () => `image ${image.name} is ready: ${bytes(image.diskUsageBytes)} on disk, ${image.digest}`,
    };
  },
});

/** Options that mean nothing without --from. */
function refuseAlone(options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).filter((name) => options[name] !== undefined);
  const mistakes = given.map((name) => ({ field: `--${name}`, description: 'is for a build with --from' }));
  if (mistakes.length > 0) throw usageError(mistakes, 'banger image build --help');
}

function isPath(given: string): boolean {
  return given.includes('/') || given.endsWith('.toml');
}
