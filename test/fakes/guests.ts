import type { Consoles, GuestLogin, Guests, HostKey, SshKeys } from '../../services/vmm/app/ports.js';
import { Faults } from './faults.js';

/** Guests that answer at once, unless `faults` says otherwise. */
export class FakeGuests implements Guests {
  readonly faults = new Faults();
  readonly commands: string[] = [];

  async answers(_address: string, signal: AbortSignal): Promise<void> {
    await this.faults.at('answers', signal);
  }

  async run(guest: GuestLogin, argv: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.faults.at('run', signal);
    this.commands.push(`${guest.user}@${guest.address} ${argv.join(' ')}`);
  }
}

export class FakeSshKeys implements SshKeys {
  readonly identityFile = '/ssh/id_ed25519';
  readonly knownHostsFile = '/ssh/known_hosts';
  readonly faults = new Faults();
  knownHosts = '';
  #made = 0;

  async authorizedKey(): Promise<string> {
    return 'ssh-ed25519 CLIENT banger';
  }

  async newHostKey(): Promise<HostKey> {
    await this.faults.at('newHostKey');
    this.#made++;
    return { privateKey: `private ${this.#made}`, publicKey: `ssh-ed25519 HOST${this.#made}` };
  }

  async writeKnownHosts(text: string): Promise<void> {
    await this.faults.at('writeKnownHosts');
    this.knownHosts = text;
  }
}

export class FakeConsoles implements Consoles {
  readonly texts = new Map<string, string>();

  async *read(uid: string): AsyncIterable<Uint8Array> {
    yield Buffer.from(this.texts.get(uid) ?? '');
  }

  async lastLines(uid: string): Promise<string> {
    return this.texts.get(uid) ?? '';
  }
}
