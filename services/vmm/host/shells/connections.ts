import type { ClientChannel, ExecOptions } from 'ssh2';
import { unlessAborted } from '../../../../lib/clock.js';
import { readFile } from '../../../../lib/host/files.js';
import type { ShellGuest } from '../../app/guest-ports.js';
import type { SshFiles } from '../../domain/ssh-config.js';
import { Connection, type Endpoint } from './connection.js';

/** The connections to one guest. */
interface Kept {
  readonly open: Set<Connection>;
  /** One login at a time: sshd turns away those of many at once, MaxStartups in sshd_config(5). */
  opening?: Promise<Connection>;
  /** Nothing is kept of a guest that nobody is logged in to. */
  readonly forget: () => void;
}

/** The connections to all guests. They are kept, for logging in takes far longer than a command does. */
export class Connections {
  readonly #guests = new Map<string, Kept>();

  constructor(
    private readonly keys: Pick<SshFiles, 'identityFile'>,
    private readonly endpoint: Endpoint,
  ) {}

  /** Runs a line in the guest's shell. A guest that refuses a channel on one connection is asked for it on another. */
  async exec(guest: ShellGuest, line: string, options: ExecOptions, signal?: AbortSignal): Promise<ClientChannel> {
    const connection = await this.#place(guest, signal);
    try {
      return await connection.exec(line, options);
    } catch (error) {
      if (!connection.isFull || connection.isNew) throw error;
      return this.exec(guest, line, options, signal);
    }
  }

  /** Runs a line only if there is a place for it on a connection that is there; else undefined. */
  execIfConnected(guest: ShellGuest, line: string): Promise<ClientChannel> | undefined {
    const { open = [] } = this.#guests.get(guestKey(guest)) ?? {};
    return [...open].find((connection) => connection.reserve())?.exec(line, {});
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

  /** A place on a connection that is there already, else on a new one. Several callers at once wait for the same login. */
  async #place(guest: ShellGuest, signal?: AbortSignal): Promise<Connection> {
    for (;;) {
      const kept = this.#keptFor(guest);
      for (const connection of kept.open) if (connection.reserve()) return connection;
      kept.opening ??= this.#open(kept, guest);
      await unlessAborted(kept.opening, signal);
    }
  }

  #keptFor(guest: ShellGuest): Kept {
    const key = guestKey(guest);
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

/** Another user, or another guest at the same address, is another login. */
export function guestKey({ user, address, hostKey }: ShellGuest): string {
  return `${user}@${address} ${hostKey}`;
}
