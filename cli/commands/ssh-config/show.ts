import { defineCommand } from '../../define-command.js';
import { properties } from '../../render/table.js';
import { includes, withInclude } from '../../ssh-config/include.js';
import { managedConfig } from '../../ssh-config/managed.js';
import { fileOption, readUserFile, userFile } from '../../ssh-config/user-file.js';

export const command = defineCommand({
  summary: 'Show whether ssh knows the VMs, and the line that tells it',
  options: { file: fileOption },
  examples: [['ssh-config show', 'the file, the line, and whether it is there']],
  async run(ctx, call) {
    const file = userFile(call.options.file);
    const include = await managedConfig(ctx);
    const installed = includes((await readUserFile(file)) ?? '', include);
    const [, line = ''] = withInclude(undefined, include).split('\n');
    return {
      json: { file, include, line, installed },
      text: (style) =>
        properties(
          [
            ['File', file],
            ['Line', line],
            ['There', installed ? 'yes' : 'no; `banger ssh-config install` puts it there'],
          ],
          style,
        ),
    };
  },
});
