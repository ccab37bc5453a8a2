import { randomUUID } from 'node:crypto';
import { type GuestCommand, written } from '../../domain/guest-command.js';
import type { SshProcess } from './guest-process.js';

/** What a shell has read as it started may be out of date by then. */
const waitMs = 60_000;
/** It reads its command a byte at a time, so as to leave to the command what comes behind it. */
const maxWrittenBytes = 4 * 1024;

/**
 * A shell in a guest that waits to become the next command: sshd and a login shell take far longer to start than most
 * commands do. One that nobody has taken after a minute ends.
 */
export class WaitingShell {
  readonly #timer: NodeJS.Timeout;

  /**
   * `process` runs `waitingLine(end)` of domain/guest-command.ts; `onOver` is called when it has ended, as itself or as a
   * command.
   */
  constructor(
    private readonly process: SshProcess,
    private readonly end: string,
    onOver: () => void,
  ) {
    this.#timer = setTimeout(() => process.endInput(), waitMs).unref();
    process.closed.then(() => {
      clearTimeout(this.#timer);
      onOver();
    });
  }

  /** A line that is in no command. */
  static newEnd(): string {
    return `banger:${randomUUID()}`;
  }

  static takes(command: GuestCommand): boolean {
    return Buffer.byteLength(written(command, '')) <= maxWrittenBytes;
  }

  /** Resolves with the command's process when it runs; with undefined when the shell had ended, so that nothing has run. */
  async become(command: GuestCommand): Promise<SshProcess | undefined> {
    clearTimeout(this.#timer);
    await this.process.write(Buffer.from(written(command, this.end)));
    if (await this.process.output.begun) return this.process;
    this.process.abandon();
    return undefined;
  }
}
