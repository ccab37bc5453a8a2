import { exitCodeOfKind } from '../../cli/errors.js';
import { runCommand } from '../../lib/host/command.js';
import { bangerProgram, type World } from '../e2e/support/world.js';
import { alternate, type Row, row, timed } from './measure.js';

/** Whole processes of the CLI against Node starting to do nothing. */
export async function benchCli(world: World): Promise<Row[]> {
  const refused = ['vm', 'create', 'none', '--hypervisor', 'firecracker'];
  return [
    await benchCommand(world, 'vm list', ['vm', 'list']),
    await benchCommand(world, '--help', ['--help']),
    // What the host lacks for it is found out and told.
    await benchCommand(world, 'refusal of a hypervisor', refused, exitCodeOfKind['wrong-state']),
  ];
}

async function benchCommand(world: World, name: string, args: readonly string[], exitCode = 0): Promise<Row> {
  const argv = [bangerProgram, ...args];
  const command = () => timed(() => runCommand(argv, { env: world.env, okExitCodes: [exitCode] }));
  const node = () => timed(() => runCommand([process.execPath, '-e', '0']));
  const { values, baselines } = await alternate(20, command, node);
  return row(`${name} / node -e 0`, 'ms', values, baselines);
}
