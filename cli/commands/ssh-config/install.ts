import { defineCommand } from '../../define-command.js';
import { withInclude } from '../../ssh-config/include.js';
import { managedConfig } from '../../ssh-config/managed.js';
import { fileOption, readUserFile, userFile, writeUserFile } from '../../ssh-config/user-file.js';

export const command = defineCommand({
  summary: 'Have ssh, and all that use it, know the VMs by their names',
  description:
    'Puts one Include at the top of ~/.ssh/config, of a file that the daemon keeps up to date: key, user, pinned host key and ' +
    'address of each VM. Then `ssh web.vm`, scp, rsync, sftp, git, Ansible and the remote editors work as they are, also where ' +
    'the names of VMs do not resolve. Nothing else of the file is changed, and a repeat changes nothing.',
  options: { file: fileOption },
  examples: [
    ['ssh-config install', 'then `ssh web.vm` logs in'],
    ['ssh-config install --file ./ssh_config', 'for `ssh -F ./ssh_config web.vm` alone'],
  ],
  async run(ctx, call) {
    const file = userFile(call.options.file);
    const include = await managedConfig(ctx);
    const before = await readUserFile(file);
    const after = withInclude(before, include);
    const changed = after !== before;
    if (changed) await writeUserFile(file, after);
    return {
      json: { file, include, changed },
      text: () =>
        changed
          ? `${file} includes ${include} now; \`ssh NAME.vm\` logs in to a VM`
          : `${file} includes ${include} already`,
    };
  },
});
