import type { GuestLogin, Guests, HostKey, Script, SshKeys } from '../../services/vmm/app/guest-ports.js';
import type { ConsoleReadOptions, Consoles } from '../../services/vmm/app/ports.js';
import { type KernelWords, kernelWords } from '../../services/vmm/domain/kernel-words.js';
import { Faults } from './faults.js';

/** Guests that answer at once, unless `faults` says otherwise. */
export class FakeGuests implements Guests {
  readonly faults = new Faults();
  readonly commands: string[] = [];
  /** What a guest does when it is told to. */
  onCommand: (guest: GuestLogin, argv: readonly string[]) => void = () => undefined;

  async answers(_address: string, signal: AbortSignal): Promise<void> {
    await this.faults.at('answers', signal);
  }

  /** How the next scripts end, and what they print. */
  script: { lines: readonly string[]; exitCode: number } = { lines: [], exitCode: 0 };

  async runScript(guest: GuestLogin, { text, onLine }: Script, signal: AbortSignal): Promise<number> {
    this.commands.push(`${guest.user}@${guest.address} script ${Buffer.from(text)}`);
    this.script.lines.forEach(onLine);
    await this.faults.at('runScript', signal);
    return this.script.exitCode;
  }

  async run(guest: GuestLogin, argv: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.faults.at('run', signal);
    this.commands.push(`${guest.user}@${guest.address} ${argv.join(' ')}`);
    this.onCommand(guest, argv);
  }
}

export class FakeSshKeys implements SshKeys {
  readonly files = {
    identityFile: '/ssh/id_ed25519',
    knownHostsFile: '/ssh/known_hosts',
    configFile: '/ssh/config',
  };
  readonly faults = new Faults();
  knownHosts = '';
  config = '';
  #made = 0;

  async authorizedKey(): Promise<string> {
    return 'ssh-ed25519 CLIENT banger';
  }

  async newHostKey(): Promise<HostKey> {
    await this.faults.at('newHostKey');
    this.#made++;
    return { privateKey: `private ${this.#made}`, publicKey: `ssh-ed25519 HOST${this.#made}` };
  }

  async writeKnownHosts(text: string, config: string): Promise<void> {
    await this.faults.at('writeKnownHosts');
    this.knownHosts = text;
    this.config = config;
  }
}

/** What fake guests wrote, by uid. */
export class FakeConsoles implements Consoles {
  readonly texts = new Map<string, string>();
  readonly #written = new EventTarget();

  write(uid: string, text: string): void {
    this.texts.set(uid, (this.texts.get(uid) ?? '') + text);
    this.#written.dispatchEvent(new Event('written'));
  }

  /** A hypervisor starts: whatever was said before was said by another run. */
  beginRun(uid: string): void {
    if (this.texts.has(uid)) this.write(uid, '\r\nstarting\r\n');
  }

  async *read(uid: string, { tailBytes, follow, signal }: ConsoleReadOptions): AsyncIterable<Uint8Array> {
    let sent = tailBytes === undefined ? 0 : Math.max(0, (this.texts.get(uid) ?? '').length - tailBytes);
    if (follow) yield new Uint8Array();
    for (let last = false; !last; ) {
      last = !follow || signal.aborted;
      const changed = this.#change(signal);
      const piece = (this.texts.get(uid) ?? '').slice(sent);
      sent += piece.length;
      if (piece !== '') yield Buffer.from(piece);
      if (!last) await changed;
    }
  }

  /** Resolves at the next write to any console, or when the signal aborts. */
  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
      this.#written.addEventListener('written', () => resolve(), { once: true });
    });
  }

  async lastLines(uid: string): Promise<string> {
    return this.texts.get(uid) ?? '';
  }

  async kernelWords(uid: string): Promise<KernelWords | undefined> {
    return kernelWords(this.texts.get(uid) ?? '');
  }
}
