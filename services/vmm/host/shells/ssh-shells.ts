import { once } from 'node:events';
import type { ClientChannel, ExecOptions } from 'ssh2';
import { unlessAborted } from '../../../../lib/clock.js';
import { readFile } from '../../../../lib/host/files.js';
import type { Log } from '../../../../lib/log.js';
import type { GuestProcess, ShellCommand, ShellGuest, Shells } from '../../app/guest-ports.js';
import type { SshFiles } from '../../domain/ssh-config.js';
import { ChannelOutput } from './channel-output.js';
import { Connection, type Endpoint } from './connection.js';
import { SshProcess } from './guest-process.js';

/** The connections to one guest. */
interface Kept {
  readonly open: Set<Connection>;
  /** One login at a time: sshd turns away those of many at once, MaxStartups in sshd_config(5). */
  opening?: Promise<Connection>;
  /** Nothing is kept of a guest that nobody is logged in to. */
  readonly forget: () => void;
}

/** Commands in guests over ssh. A guest's connections are kept, for logging in takes far longer than a command does. */
export class SshShells implements Shells {
  readonly #guests = new Map<string, Kept>();

  constructor(
    private readonly keys: Pick<SshFiles, 'identityFile'>,
    private readonly log: Log,
    private readonly endpoint: Endpoint = {},
  ) {}

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
    for (const { open, opening } of this.#guests.values()) {
      for (const connection of open) connection.close();
      opening?.then(
        (connection) => connection.close(),
        () => undefined,
      );
    }
  }

  async #start(guest: ShellGuest, { line, terminal }: ShellCommand, signal: AbortSignal): Promise<SshProcess> {
    const pty = terminal && { term: terminal.type, cols: terminal.columns, rows: terminal.rows };
    const channel = await this.#exec(guest, line, { ...(pty && { pty }) }, signal);
    const output = new ChannelOutput(channel, pty ? 'stdout' : 'stderr');
    const started = new SshProcess(channel, output, {
      host: guest.hostKeyAlias,
      runBeside: (other) => this.#run(guest, other),
      log: this.log,
    });
    await output.begun;
    return started;
  }

  /** Runs a line whose output is of no interest. */
  async #run(guest: ShellGuest, line: string): Promise<void> {
    const channel = await this.#exec(guest, line, {});
    const closed = once(channel, 'close');
    channel.resume();
    channel.stderr.resume();
    await closed;
  }

  /** A guest that refuses a channel on one connection is asked for it on another. */
  async #exec(guest: ShellGuest, line: string, options: ExecOptions, signal?: AbortSignal): Promise<ClientChannel> {
    const connection = await this.#place(guest, signal);
    try {
      return await connection.exec(line, options);
    } catch (error) {
      if (!connection.isFull || connection.isNew) throw error;
      return this.#exec(guest, line, options, signal);
    }
  }

  /** A place on a connection that is there already, else on a new one. Several callers at once wait for the same login. */
  async #place(guest: ShellGuest, signal?: AbortSignal): Promise<Connection> {
    for (;;) {
      const kept = this.#keptFor(guest);
      for (const connection of kept.open) if (connection.reserve()) return connection;
      kept.opening ??= this.#open(kept, guest);
      await unlessAborted(kept.opening, signal);
    }
  }

  #keptFor({ user, address, hostKey }: ShellGuest): Kept {
    const key = `${user}@${address} ${hostKey}`;
    const former = this.#guests.get(key);
    if (former) return former;
    const forget = () => {
      if (kept.open.size === 0 && !kept.opening) this.#guests.delete(key);
    };
    const kept: Kept = { open: new Set(), forget };
    this.#guests.set(key, kept);
    return kept;
  }

  async #open(kept: Kept, guest: ShellGuest): Promise<Connection> {
    try {
      const connection = await Connection.open(guest, await readFile(this.keys.identityFile), this.endpoint);
      kept.open.add(connection);
      connection.onOver(() => {
        kept.open.delete(connection);
        kept.forget();
      });
      return connection;
    } finally {
      delete kept.opening;
      kept.forget();
    }
  }
}
