// `make install` and `make uninstall`: node scripts/install.mjs install|uninstall, with PREFIX, DESTDIR and WITH_NODE in
// the environment. docs/install.md says what comes of it.
import { resolve } from 'node:path';
import { installPlan } from './lib/install-plan.mjs';
import { putInPlace, takeAway } from './lib/install-tree.mjs';
import { checkPrefix } from './lib/prefix.mjs';
import { build } from './lib/prepare.mjs';
import { step } from './lib/steps.mjs';

const verbs = { install, uninstall };

async function install({ destination, prefix, folder, withNode }) {
  await step('build', build);
  const plan = installPlan({ root: process.cwd(), prefix, withNode });
  await step(`install to ${folder}`, async () => `${putInPlace(folder, plan)} files`);
  if (destination === '') console.log(next(prefix));
}

async function uninstall({ folder }) {
  await step(`uninstall from ${folder}`, async () => `${takeAway(folder)} files`);
}

function next(prefix) {
  const commands = [
    [`systemd-sysusers ${prefix}/lib/sysusers.d/banger.conf`, 'the group of those who may use it'],
    ['systemctl daemon-reload', ''],
    ['systemctl enable --now banger', 'or, without systemd: banger daemon start'],
    ['banger doctor', 'whether VMs can be started here'],
  ];
  const lines = commands.map(([command, what]) => `  ${command.padEnd(58)}${what}`.trimEnd());
  return `\nWhat to type next, as root:\n\n${lines.join('\n')}\n`;
}

try {
  const verb = verbs[process.argv[2]];
  if (verb === undefined) throw new Error(`usage: node scripts/install.mjs ${Object.keys(verbs).join('|')}`);
  const destination = process.env.DESTDIR ?? '';
  const prefix = checkPrefix(process.env.PREFIX || '/usr/local');
  const folder = resolve(destination === '' ? prefix : destination + prefix);
  await verb({ destination, prefix, folder, withNode: process.env.WITH_NODE === '1' });
} catch (error) {
  console.error(error.code === 'EACCES' ? `error: ${error.message}; run it as root` : `error: ${error.message}`);
  process.exitCode = 1;
}
