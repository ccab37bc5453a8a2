import { once } from 'node:events';
import type { ClientChannel } from 'ssh2';
import { delay } from '../../../../lib/clock.js';
import type { Log } from '../../../../lib/log.js';
import type { GuestExit, GuestOutput, GuestProcess } from '../../app/guest-ports.js';
import { guestUnreachable } from '../../domain/errors.js';
import { endLine, type SignalName, signalLine, type TerminalSize } from '../../domain/guest-command.js';
import type { ChannelOutput } from './channel-output.js';

/** What is hung up on is killed after 5 s. */
const patienceMs = 7_000;

/** signal(7), as on x86 and ARM. */
const signalNumbers: Readonly<Record<string, number>> = {
  ...{ HUP: 1, INT: 2, QUIT: 3, ILL: 4, ABRT: 6, FPE: 8, KILL: 9, USR1: 10, SEGV: 11, USR2: 12, PIPE: 13 },
  ...{ ALRM: 14, TERM: 15 },
};

export interface GuestOfProcess {
  readonly host: string;
  /** Runs a line in the same guest, and returns when it has. */
  readonly runBeside: (line: string) => Promise<void>;
  readonly log: Log;
}

/** A command on a channel of a guest's ssh server. */
export class SshProcess implements GuestProcess {
  #exit: GuestExit | undefined;
  /** Resolves when it has ended, and all that it wrote has been read or dropped. */
  readonly closed: Promise<void>;

  constructor(
    private readonly channel: ClientChannel,
    readonly output: ChannelOutput & AsyncIterable<GuestOutput>,
    private readonly guest: GuestOfProcess,
  ) {
    channel.on('exit', (code: number | null, signal?: string) => {
      this.#exit = exitOf(code, signal);
    });
    this.closed = new Promise((resolve) => channel.once('close', () => resolve()));
    // What is written to a command that has ended is nobody's.
    channel.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.output.pid;
  }

  async exit(): Promise<GuestExit> {
    await this.closed;
    if (this.#exit) return this.#exit;
    throw guestUnreachable(this.guest.host, 'the connection was lost while the command ran');
  }

  async write(data: Uint8Array): Promise<void> {
    if (!this.channel.writable || this.channel.write(data)) return;
    await Promise.race([once(this.channel, 'drain'), this.closed]);
  }

  endInput(): void {
    this.channel.end();
  }

  resize({ columns, rows }: TerminalSize): void {
    this.channel.setWindow(rows, columns, 0, 0);
  }

  async signal(name: SignalName): Promise<void> {
    if (this.pid !== undefined && this.#exit === undefined) await this.guest.runBeside(signalLine(this.pid, name));
  }

  async end(): Promise<void> {
    try {
      if (this.pid === undefined || this.#exit !== undefined) return;
      await this.guest.runBeside(endLine(this.pid));
      // A child that has left the group may hold the channel open for ever.
      await Promise.race([this.closed, delay(patienceMs)]);
    } finally {
      this.channel.close();
    }
  }

  abandon(): void {
    this.output.destroy();
    // A guest that cannot be reached any more has lost the command's connection too.
    this.end().catch((err) => this.guest.log.info({ vm: this.guest.host, err }, 'could not end a command'));
  }
}

/** As a shell tells it: 128 and the signal's number. */
function exitOf(code: number | null, signal: string | undefined): GuestExit {
  if (code !== null) return { code };
  const name = (signal ?? '').replace(/^SIG/, '');
  return { code: 128 + (signalNumbers[name] ?? 0), signal: name };
}
