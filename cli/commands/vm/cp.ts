import { copy } from '../../copy.js';
import { parsePlace } from '../../copy-place.js';
import { defineCommand, positional } from '../../define-command.js';
import { usageError } from '../../errors.js';

export const command = defineCommand({
  summary: 'Copy files and folders into a VM, out of it, or between VMs',
  description:
    'A place in a VM is NAME:PATH; a path that does not begin with "/" is below the home of the user who logs in. In a folder ' +
    'that is there, the copy goes by the name of what is copied; otherwise the destination is its new name. Folders are copied ' +
    'with all that is in them; what is there already is replaced file by file. Modes, times and links are kept, owners are not.',
  positionals: [
    { name: 'source', summary: 'What is copied: PATH or NAME:PATH' },
    { name: 'destination', summary: 'Where to: PATH or NAME:PATH' },
  ],
  examples: [
    ['vm cp site.conf web:/etc/nginx/conf.d/', 'a file into a folder of a VM'],
    ['vm cp web:/var/log ./logs', 'a folder out of it, under a new name'],
    ['vm cp db:dump.sql web:/srv/', 'from one VM to another'],
  ],
  async run(ctx, call) {
    const [from, to] = [parsePlace(positional(call, 0)), parsePlace(positional(call, 1))];
    if (from.kind === 'here' && to.kind === 'here')
      throw usageError(['neither place is in a VM: one must be NAME:PATH'], 'banger vm cp --help');
    const path = await copy(ctx, from, to);
    ctx.progress.end();
    return { json: { path }, text: () => path };
  },
});
