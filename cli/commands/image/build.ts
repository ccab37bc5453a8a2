import { buildDockerfile } from '../../build-dockerfile.js';
import { buildInVm } from '../../build-in-vm.js';
import { buildRecipe } from '../../build-recipe.js';
import { buildVmOptions } from '../../customizing.js';
import { defineCommand } from '../../define-command.js';
import { usageError } from '../../errors.js';

export const command = defineCommand({
  summary: 'Build an image from a recipe, a Dockerfile, or by a script in a VM of another',
  description:
    'A recipe is a TOML file: what banger ships by name, or one of your own by its path. A build whose inputs have not ' +
    'changed returns at once, and one whose last steps have changed repeats only those. Ctrl-C ends it, and nothing is ' +
    'left. With --file, buildah builds a container image as you, and what that lacks to boot is added. With --from, the ' +
    'script is run as root in a VM that goes afterwards; it reaches no other network without --nat.',
  positionals: [
    {
      name: 'recipe',
      summary:
        'debian, debian-light, debian-web or a file that ends in .toml; debian unless given. With --file: the folder to ' +
        'copy from; this one unless given',
      optional: true,
    },
  ],
  options: {
    rebuild: { type: 'flag', summary: 'Build even when nothing has changed' },
    file: { type: 'text', alias: 'f', summary: 'Instead of a recipe: a Dockerfile' },
    from: { type: 'text', summary: 'Instead of a recipe: the image to begin with' },
    script: { type: 'text', summary: 'With --from: the file with the script' },
    tag: { type: 'text', alias: 't', summary: 'With --file and --from: the name that the image gets' },
    ...buildVmOptions,
  },
  examples: [
    ['image build debian', "Debian, from this host's own apt sources"],
    ['image build debian-light', 'the one that boots fastest'],
    ['image build ./my.toml', 'your own, with the files beside it'],
    ['image build debian --rebuild', 'again, with the packages of today'],
    ['image build -f Dockerfile --tag app', 'from a Dockerfile and what lies beside it'],
    ['image build --from debian --script setup.sh --tag web', 'debian, and what the script changes'],
  ],
  async run(ctx, { options, positionals: [word] }) {
    const { file, from, script, tag, rebuild, nat, cpus, memory } = options;
    const ofVm = { script, cpus, memory, nat: nat || undefined };
    if (from !== undefined) {
      refuse({ file, RECIPE: word }, 'does not go with --from');
      return buildInVm(ctx, { base: from, script, tag, rebuild, nat, cpus, memory });
    }
    refuse(ofVm, 'is for a build with --from');
    if (file !== undefined) return buildDockerfile(ctx, { file, context: word ?? '.', tag });
    refuse({ tag }, 'is for a build with --file or --from: the recipe has a name');
    return buildRecipe(ctx, word ?? 'debian', rebuild);
  },
});

/** Fails when one of these was given. */
function refuse(options: Readonly<Record<string, unknown>>, description: string): void {
  const given = Object.keys(options).filter((name) => options[name] !== undefined);
  const mistakes = given.map((name) => ({ field: name === 'RECIPE' ? name : `--${name}`, description }));
  if (mistakes.length > 0) throw usageError(mistakes, 'banger image build --help');
}
