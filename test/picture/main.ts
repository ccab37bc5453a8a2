import { writeFileSync } from 'node:fs';
import { openTerminal } from '../e2e/support/tmux.js';
import { bangerProgram, createWorld, type World } from '../e2e/support/world.js';
import { terminalSvg } from './terminal-svg.js';

/** Draws the screen as it is, on a banger with a few VMs, of which one runs. */

const target = 'docs/assets/tui.svg';

const vms = [
  'app --cpus 2 --memory 2G --nat --no-start',
  'db --memory 1G --no-start',
  'web --nat --publish 8080:80',
  'ci --label app=ci --no-start',
];

async function draw(world: World): Promise<void> {
  await world.banger('daemon', 'start');
  for (const words of vms) await world.banger('vm', 'create', ...words.split(' '));
  const { NO_COLOR: _, ...env } = world.env;
  const terminal = await openTerminal({ ...env, COLORTERM: '' });
  try {
    // As many lines as have something in them.
    await terminal.resize(80, 14);
    await terminal.type(`'${bangerProgram}' tui`);
    await terminal.press('Enter');
    await terminal.until(/live$/m);
    // To the VM that runs: the last of four.
    await terminal.press('G');
    await terminal.until(/^❯ web/m);
    const lines = await terminal.lines(true);
    writeFileSync(target, terminalSvg(lines, 80, 'banger tui: VMs with their states, addresses and sizes'));
  } finally {
    await terminal.dispose();
  }
}

const world = await createWorld();
try {
  await draw(world);
  process.stdout.write(`${target} is drawn\n`);
} finally {
  await world.dispose();
}
