import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { StandInSettings } from '../settings.js';
import { Refusal } from './calls.js';
import { osError } from './errno.js';

/** The text of hold-tap.py; put here when the program is built, for in a jail there is no such file. */
declare const holdTapProgram: string;

export interface Tap {
  release(): Promise<void>;
}

/** Attaches taps as the real one does: at the request, and until it is replaced or the process ends. */
export class Taps {
  #pretended = new Set<string>();

  constructor(private readonly settings: StandInSettings) {}

  /** Fails with the kernel's own refusal. */
  async attach(name: string): Promise<Tap> {
    if (Buffer.byteLength(name) > 15) throw refused('Invalid interface name');
    if (this.settings.taps === 'pretended') return this.#pretend(name);
    const holder = spawn(this.settings.python, ['-I', '-S', '-c', holdTapProgram, name], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [answer] = (await once(holder.stdout, 'data')) as [Buffer];
    const errno = Number(answer.toString());
    if (errno === 0) return { release: () => released(holder) };
    await once(holder, 'exit');
    throw busy(name, errno);
  }

  #pretend(name: string): Tap {
    if (this.#pretended.has(name)) throw busy(name, constants.errno.EBUSY);
    this.#pretended.add(name);
    return { release: async () => void this.#pretended.delete(name) };
  }
}

async function released(holder: ChildProcess): Promise<void> {
  const exited = once(holder, 'exit');
  holder.stdin?.end();
  await exited;
}

function busy(name: string, errno: number): Refusal {
  const code = Object.entries(constants.errno).find(([, number]) => number === errno)?.[0];
  const why = osError({ code, errno, message: code });
  const advice = 'Check our documentation on setting up the network devices.';
  return refused(
    `Error while creating ifreq structure: ${why}. Invalid TUN/TAP Backend provided by ${name}. ${advice}`,
  );
}

function refused(why: string): Refusal {
  return new Refusal(`Open tap device failed: ${why}`);
}
