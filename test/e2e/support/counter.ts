import { pollUntil } from '../../../lib/clock.js';
import { spawnChild } from '../../../lib/host/spawn.js';
import { bangerProgram, type World } from './world.js';

/** An open ssh session in which the guest counts: whatever breaks the connection breaks the counting. */
export interface Counter {
  /** Waits until the guest has counted `more` further; fails when the session has ended or a number was lost. */
  advances(more?: number): Promise<void>;
  stop(): void;
}

const counting = 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done';

/** `command` counts from 0, a number a line. */
export function startCounter(world: World, vm: string, command = counting): Counter {
  const session = spawnChild([bangerProgram, 'vm', 'ssh', vm, '--', command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // The session is the checkout's, whichever build the daemon is of.
    env: { ...world.env, BANGER_ROLL_OVER: 'never' },
  });
  let text = '';
  let ended = false;
  session.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  session.once('exit', () => {
    ended = true;
  });
  const numbers = () => text.split('\n').slice(0, -1).map(Number);
  return {
    async advances(more = 5) {
      const start = numbers().length;
      const counted = () => {
        if (ended) throw new Error(`the ssh session ended after ${numbers().length} numbers`);
        return numbers().length >= start + more;
      };
      await pollUntil(counted, { what: `the guest counts ${more} further`, timeoutMs: 120_000 });
      const gap = numbers().findIndex((value, index) => value !== index);
      if (gap !== -1) throw new Error(`the guest's count jumps at ${gap}`);
    },
    stop: () => void session.kill('SIGTERM'),
  };
}
