import { BangerError, commonReasons } from '../../../lib/errors.js';
import type { RunCommand } from '../../../lib/host/command.js';
import type { Connections } from '../app/ports.js';

/**
 * Where an address stands in a connection that is known: as who began it, and as who answers. The second holds for what
 * was sent to the address itself and for what came to it by a translation alike.
 */
const sides = ['--orig-src', '--reply-src'];
/** A connection that ends by itself while conntrack looks makes it stop there; such a chance does not come often. */
const attempts = 5;

/** The connections of the network namespace that we run in: conntrack(8). */
export function createConnections(run: RunCommand): Connections {
  return {
    async forget(address) {
      await Promise.all(sides.map((side) => forgetSide(run, side, address)));
    },
  };
}

async function forgetSide(run: RunCommand, side: string, address: string): Promise<void> {
  let said = '';
  for (let attempt = 1; attempt <= attempts; attempt++) {
    // It exits with 1 for every failure, and when there was none to forget.
    const result = await run(['conntrack', '--delete', side, address], { okExitCodes: [0, 1] });
    said = result.stderr.trim();
    if (/\d+ flow entries have been deleted/.test(said)) return;
    if (!said.includes("such conntrack doesn't exist")) break;
  }
  const message = `conntrack cannot forget the connections of ${address}: ${said}`;
  throw new BangerError('internal', commonReasons.COMMAND_FAILED, message, { metadata: { address } });
}
