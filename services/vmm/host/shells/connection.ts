import { Client, type ClientChannel, type ConnectConfig, type ExecOptions } from 'ssh2';
import type { ShellGuest } from '../../app/guest-ports.js';
import { guestUnreachable } from '../../domain/errors.js';

const sshPort = 22;
/** A guest that is emulated and busy takes seconds for its part of the key exchange. */
const loginMs = 30_000;
/** sshd allows ten sessions on one connection: MaxSessions, sshd_config(5). */
const maxChannels = 10;
/** Nobody has used it for this long: the guest's sshd need not keep a process for it. */
const idleMs = 5 * 60_000;

/** Where to connect; tests have an ssh server elsewhere. */
export interface Endpoint {
  readonly port?: number;
}

/** One login to a guest. Channels are opened on it until it breaks, the guest is gone, or nobody has used it for a while. */
export class Connection {
  #channels = 0;
  #idle: NodeJS.Timeout | undefined;
  #isFull = false;
  #hasOpened = false;
  readonly #over = new AbortController();
  private readonly host: string;

  private constructor(
    private readonly client: Client,
    { hostKeyAlias, gone }: ShellGuest,
  ) {
    this.host = hostKeyAlias;
    client.on('error', () => this.close());
    client.on('close', () => this.close());
    gone.addEventListener('abort', () => this.close(), { signal: this.#over.signal });
    this.#rest();
  }

  static async open(guest: ShellGuest, privateKey: Buffer, { port = sshPort }: Endpoint): Promise<Connection> {
    const client = new Client();
    const giveUp = () => client.destroy();
    guest.gone.addEventListener('abort', giveUp, { once: true });
    try {
      if (guest.gone.aborted) throw new Error('it does not run any more');
      await new Promise<void>((resolve, reject) => {
        client.once('ready', resolve);
        client.once('error', reject);
        client.once('close', () => reject(new Error('the guest closed the connection')));
        client.connect(loginOf(guest, privateKey, port));
      });
      return new Connection(client, guest);
    } catch (error) {
      // What it says once nobody listens any more would end us.
      client.on('error', () => undefined);
      client.destroy();
      throw guestUnreachable(guest.hostKeyAlias, (error as Error).message, error);
    } finally {
      guest.gone.removeEventListener('abort', giveUp);
    }
  }

  /** Calls back when nothing can be run over it any more; at once when that is so already. */
  onOver(callback: () => void): void {
    if (this.#over.signal.aborted) callback();
    else this.#over.signal.addEventListener('abort', callback, { once: true });
  }

  /** Whether the guest has refused a channel: no more are asked for, and it ends with the last. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether the guest has never opened a channel on it: then another would be no better. */
  get isNew(): boolean {
    return !this.#hasOpened;
  }

  /** Takes a place for one more channel, if there is one. */
  reserve(): boolean {
    if (this.#over.signal.aborted || this.#isFull || this.#channels >= maxChannels) return false;
    this.#channels += 1;
    clearTimeout(this.#idle);
    return true;
  }

  /** Runs a line in the guest's shell, in the place that was reserved; it is free again when the channel has closed. */
  async exec(line: string, options: ExecOptions): Promise<ClientChannel> {
    try {
      return await this.#open(line, options);
    } catch (error) {
      throw guestUnreachable(this.host, (error as Error).message, error);
    }
  }

  /** Ends what runs over it. */
  close(): void {
    clearTimeout(this.#idle);
    this.#over.abort();
    this.client.destroy();
  }

  #open(line: string, options: ExecOptions): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        this.client.off('close', onClose);
        this.#release();
        reject(error);
      };
      const onClose = () => fail(new Error('the connection to the guest was lost'));
      this.client.once('close', onClose);
      try {
        this.client.exec(line, options, (error, channel) => {
          if (error) {
            // Only the refusal of a channel has one: RFC 4254 section 5.1. What has closed here may not have there yet.
            this.#isFull ||= 'reason' in error;
            return fail(error);
          }
          this.client.off('close', onClose);
          this.#hasOpened = true;
          channel.once('close', () => this.#release());
          resolve(channel);
        });
      } catch (error) {
        // It says so at once when the connection is known to have broken.
        fail(error as Error);
      }
    });
  }

  #release(): void {
    this.#channels -= 1;
    if (this.#channels > 0) return;
    if (this.#isFull) this.close();
    else this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), idleMs).unref();
  }
}

function loginOf({ address, user, hostKey }: ShellGuest, privateKey: Buffer, port: number): ConnectConfig {
  const [type, key = ''] = hostKey.split(' ');
  return {
    host: address,
    port,
    username: user,
    privateKey,
    readyTimeout: loginMs,
    hostVerifier: (offered: Buffer) => offered.equals(Buffer.from(key, 'base64')),
    // The pinned key's type alone, and the ciphers that processors have instructions for first.
    algorithms: {
      serverHostKey: [type as 'ssh-ed25519'],
      cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'],
    },
  };
}
