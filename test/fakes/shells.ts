import { EventEmitter, once } from 'node:events';
import type {
  GuestExit,
  GuestOutput,
  GuestProcess,
  ShellCommand,
  ShellGuest,
  Shells,
} from '../../services/vmm/app/guest-ports.js';
import type { SignalName, TerminalSize } from '../../services/vmm/domain/guest-command.js';
import { Faults } from './faults.js';

/** Guests whose every command does what cat(1) does. */
export class FakeShells implements Shells {
  readonly faults = new Faults();
  readonly started: { readonly guest: ShellGuest; readonly command: ShellCommand; readonly process: FakeProcess }[] =
    [];
  /** What the next commands do as they start, beside being cat. */
  onStart: (process: FakeProcess) => void = () => undefined;

  async start(guest: ShellGuest, command: ShellCommand, signal: AbortSignal): Promise<GuestProcess> {
    await this.faults.at('start', signal);
    const process = new FakeProcess(this.started.length + 1);
    this.started.push({ guest, command, process });
    this.onStart(process);
    return process;
  }

  close(): void {
    for (const { process } of this.started) process.abandon();
  }
}

const signalNumbers: Readonly<Partial<Record<SignalName, number>>> = { HUP: 1, INT: 2, KILL: 9, TERM: 15 };

class FakeProcess implements GuestProcess {
  readonly #pieces: GuestOutput[] = [];
  #exit: GuestExit | undefined;
  readonly #changes = new EventEmitter();
  size: TerminalSize | undefined;
  isAbandoned = false;

  constructor(readonly pid: number) {}

  get output(): AsyncIterable<GuestOutput> {
    return this.#read();
  }

  /** Writes something of its own. */
  say(stream: GuestOutput['stream'], text: string): void {
    this.#pieces.push({ stream, data: Buffer.from(text) });
    this.#change();
  }

  finish(exit: GuestExit): void {
    this.#exit ??= exit;
    this.#change();
  }

  async exit(): Promise<GuestExit> {
    if (this.#exit) return this.#exit;
    throw new Error('it runs');
  }

  async write(data: Uint8Array): Promise<void> {
    if (this.#exit) return;
    this.#pieces.push({ stream: 'stdout', data });
    this.#change();
  }

  endInput(): void {
    this.finish({ code: 0 });
  }

  resize(size: TerminalSize): void {
    this.size = size;
  }

  async signal(name: SignalName): Promise<void> {
    this.finish({ code: 128 + (signalNumbers[name] ?? 0), signal: name });
  }

  end(): Promise<void> {
    return this.signal('HUP');
  }

  abandon(): void {
    this.isAbandoned = true;
    this.finish({ code: 129, signal: 'HUP' });
  }

  #change(): void {
    this.#changes.emit('change');
  }

  async *#read(): AsyncIterable<GuestOutput> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece) yield piece;
      else if (this.#exit) return;
      else await once(this.#changes, 'change');
    }
  }
}
