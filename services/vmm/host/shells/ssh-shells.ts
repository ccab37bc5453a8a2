import { once } from 'node:events';
import type { ClientChannel } from 'ssh2';
import { unlessAborted } from '../../../../lib/clock.js';
import type { Log } from '../../../../lib/log.js';
import type { GuestOutput, GuestProcess, ShellCommand, ShellGuest, Shells, Terminal } from '../../app/guest-ports.js';
import { commandLine, type GuestCommand, waitingLine } from '../../domain/guest-command.js';
import type { SshFiles } from '../../domain/ssh-config.js';
import { ChannelOutput } from './channel-output.js';
import type { Endpoint } from './connection.js';
import { Connections, guestKey } from './connections.js';
import { SshProcess } from './guest-process.js';
import { WaitingShell } from './waiting-shell.js';

/** Commands in guests over ssh. */
export class SshShells implements Shells {
  readonly #connections: Connections;
  /** By guest: for its next command. */
  readonly #waiting = new Map<string, Promise<WaitingShell | undefined>>();

  constructor(
    keys: Pick<SshFiles, 'identityFile'>,
    private readonly log: Log,
    endpoint: Endpoint = {},
  ) {
    this.#connections = new Connections(keys, endpoint);
  }

  async start(guest: ShellGuest, command: ShellCommand, signal: AbortSignal): Promise<GuestProcess> {
    const starting = this.#start(guest, command, signal);
    try {
      return await unlessAborted(starting, signal);
    } catch (error) {
      // Who does not wait any more leaves no command behind: it is ended once it has said who it is.
      starting.then(
        (started) => started.abandon(),
        () => undefined,
      );
      throw error;
    }
  }

  close(): void {
    this.#connections.close();
  }

  async #start(guest: ShellGuest, { command, terminal }: ShellCommand, signal: AbortSignal): Promise<SshProcess> {
    const waiting = terminal ? undefined : await this.#becomeOf(guest, command);
    const process = waiting ?? (await this.#launch(guest, command, terminal, signal));
    process.closed.then(() => this.#prepare(guest));
    return process;
  }

  async #launch(guest: ShellGuest, command: GuestCommand, terminal: Terminal | undefined, signal: AbortSignal) {
    const pty = terminal && { term: terminal.type, cols: terminal.columns, rows: terminal.rows };
    const channel = await this.#connections.exec(guest, commandLine(command), { ...(pty && { pty }) }, signal);
    const process = this.#processOn(channel, guest, pty ? 'stdout' : 'stderr');
    await process.output.begun;
    return process;
  }

  /** What the shell that waits in the guest has become, if there is one. */
  async #becomeOf(guest: ShellGuest, command: GuestCommand): Promise<SshProcess | undefined> {
    const key = guestKey(guest);
    const waiting = WaitingShell.takes(command) ? this.#waiting.get(key) : undefined;
    if (waiting) this.#waiting.delete(key);
    return (await waiting)?.become(command);
  }

  /** Has a shell wait in the guest for the next command, if anybody is logged in. */
  #prepare(guest: ShellGuest): void {
    const key = guestKey(guest);
    if (this.#waiting.has(key)) return;
    const end = WaitingShell.newEnd();
    const opening = this.#connections.execIfConnected(guest, waitingLine(end));
    if (!opening) return;
    const forget = () => {
      if (this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    };
    const waiting = opening.then(
      (channel) => new WaitingShell(this.#processOn(channel, guest, 'stderr'), end, forget),
      (err) => {
        this.log.debug({ vm: guest.hostKeyAlias, err }, 'no shell waits for the next command');
        forget();
        return undefined;
      },
    );
    this.#waiting.set(key, waiting);
  }

  #processOn(channel: ClientChannel, guest: ShellGuest, told: GuestOutput['stream']): SshProcess {
    const runBeside = (line: string) => this.#run(guest, line);
    const output = new ChannelOutput(channel, told);
    return new SshProcess(channel, output, { host: guest.hostKeyAlias, runBeside, log: this.log });
  }

  /** Runs a line whose output is of no interest. */
  async #run(guest: ShellGuest, line: string): Promise<void> {
    const channel = await this.#connections.exec(guest, line, {});
    const closed = once(channel, 'close');
    channel.resume();
    channel.stderr.resume();
    await closed;
  }
}
