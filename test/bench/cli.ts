import { runCommand } from '../../lib/host/command.js';
import { bangerProgram, type World } from '../e2e/support/world.js';
import { alternate, type Row, row, timed } from './measure.js';

/** `banger vm list`, whole process, against Node starting to do nothing. */
export async function benchCli(world: World): Promise<Row[]> {
  const list = () => timed(() => runCommand([bangerProgram, 'vm', 'list'], { env: world.env }));
  const node = () => timed(() => runCommand([process.execPath, '-e', '0']));
  const { values, baselines } = await alternate(20, list, node);
  return [row('vm list / node -e 0', 'ms', values, baselines)];
}
