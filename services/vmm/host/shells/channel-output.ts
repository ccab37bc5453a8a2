import { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { GuestOutput } from '../../app/guest-ports.js';
import { pidLine } from '../../domain/guest-command.js';

/** No login shell says so much of its own before it runs a command; what it says is passed on. */
const maxPreludeBytes = 64 * 1024;
/** Pieces that wait to be read; one has at most 32 KiB, the packets of ssh. */
const maxWaiting = 8;

/** Both streams of a channel as they come, read no faster than they are taken, without the line that says the process. */
export class ChannelOutput extends Readable {
  /** Undefined when the command ended before it said so. */
  pid: number | undefined;
  /** Resolves when the process is known, or will not be any more; with whether anything runs. */
  readonly begun: Promise<boolean>;
  readonly #begin: (runs: boolean) => void;
  /** What came before the line that says the process; undefined once that is settled. */
  #prelude: Buffer | undefined = Buffer.alloc(0);
  #open = 2;

  constructor(
    private readonly channel: ClientChannel,
    private readonly told: GuestOutput['stream'],
  ) {
    super({ objectMode: true, highWaterMark: maxWaiting });
    let begin = (_: boolean) => {};
    this.begun = new Promise((resolve) => {
      begin = resolve;
    });
    this.#begin = begin;
    this.#follow('stdout', channel);
    this.#follow('stderr', channel.stderr);
  }

  override _read(): void {
    this.channel.resume();
    this.channel.stderr.resume();
  }

  /** What nobody reads is dropped, so that the channel comes to its end. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this._read();
    done(error);
  }

  #follow(stream: GuestOutput['stream'], source: Readable): void {
    source.on('data', (data: Buffer) => {
      const rest = stream === this.told && this.#prelude ? this.#withoutPid(this.#prelude, data) : data;
      if (rest.length > 0) this.#pass(stream, rest);
    });
    source.once('end', () => {
      if (stream === this.told && this.#prelude) this.#settle(this.#prelude);
      this.#open -= 1;
      if (this.#open === 0 && !this.destroyed) this.push(null);
    });
  }

  #pass(stream: GuestOutput['stream'], data: Buffer): void {
    if (this.destroyed || this.push({ stream, data } satisfies GuestOutput)) return;
    this.channel.pause();
    this.channel.stderr.pause();
  }

  /** What may be passed on already. */
  #withoutPid(before: Buffer, data: Buffer): Buffer {
    const seen = Buffer.concat([before, data]);
    const lines = seen.toString('latin1').split('\n');
    const at = lines.slice(0, -1).findIndex((line) => pidLine.test(line));
    if (at < 0 && seen.length < maxPreludeBytes) {
      this.#prelude = seen;
      return Buffer.alloc(0);
    }
    if (at >= 0) this.pid = Number(pidLine.exec(lines[at] ?? '')?.[1]);
    this.#prelude = undefined;
    this.#begin(true);
    return at < 0 ? seen : Buffer.from(lines.filter((_, i) => i !== at).join('\n'), 'latin1');
  }

  #settle(prelude: Buffer): void {
    this.#prelude = undefined;
    this.#begin(false);
    if (prelude.length > 0) this.#pass(this.told, prelude);
  }
}
