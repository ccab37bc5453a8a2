import { defineCommand } from '../../define-command.js';
import { withoutInclude } from '../../ssh-config/include.js';
import { fileOption, readUserFile, userFile, writeUserFile } from '../../ssh-config/user-file.js';

export const command = defineCommand({
  summary: 'Have ssh know the VMs no more',
  description:
    'Takes back exactly what `ssh-config install` has written: removes the lines of ours from ~/.ssh/config, and the file when it was made for them. Needs no daemon.',
  options: { file: fileOption },
  examples: [['ssh-config uninstall', '~/.ssh/config is as it was']],
  async run(_ctx, call) {
    const file = userFile(call.options.file);
    const before = await readUserFile(file);
    const after = before === undefined ? undefined : withoutInclude(before);
    const changed = after !== before;
    if (changed) await writeUserFile(file, after);
    return {
      json: { file, changed },
      text: () => (changed ? `${file} is as it was` : `${file} has nothing of ours`),
    };
  },
});
