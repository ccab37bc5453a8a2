import { delay } from '../lib/clock.js';
import type { Context } from './context.js';
import { takeKeys, typedAt } from './keyboard.js';

/** A serial console does not say where an answer ends: after this much silence there is none to come. */
const silenceMs = 1_000;

const left = new Error('the console was left');

/** Joins standard input and output to a VM's console, for one sitting. */
export class ConsoleSession {
  readonly #over = new AbortController();
  readonly #decoder = new TextDecoder();
  #heard = 0;

  constructor(
    private readonly ctx: Context,
    private readonly name: string,
  ) {}

  /** Returns when the person leaves, when a pipe has ended and the VM is silent, or when the VM has ended. */
  async run(tailBytes: number): Promise<void> {
    const { ctx } = this;
    const vmm = await ctx.clients.vmm();
    const signal = AbortSignal.any([ctx.signal, this.#over.signal]);
    let giveBack: (() => void) | undefined;
    try {
      for await (const { data } of vmm.attachConsole(this.#requests(tailBytes), { signal })) {
        giveBack ??= this.#begin();
        this.#show(data);
      }
      this.#tell('The console has ended: the VM has stopped, or starts again.');
    } catch (error) {
      if (error !== left) throw error;
      this.#tell('The console was left.');
    } finally {
      giveBack?.();
      this.#over.abort(left);
    }
  }

  /** To a person, below what the VM wrote last. */
  #tell(line: string): void {
    if (this.ctx.stdin.isTTY) this.ctx.note(`\n${line}`);
  }

  /** Only now: an error before is shown on a terminal as it was. */
  #begin(): () => void {
    this.#tell(`This is the console of ${this.name}; leave it with Ctrl-].`);
    return takeKeys(this.ctx.stdin);
  }

  async *#requests(tailBytes: number) {
    const { name, ctx } = this;
    yield { name, data: Buffer.alloc(0), tailBytes };
    for await (const data of typedAt(ctx.stdin, this.#over.signal)) yield { name, data, tailBytes: 0 };
    // Who leaves does not wait for a VM that does not read.
    if (ctx.stdin.isTTY) this.#over.abort(left);
    else await this.#silence();
  }

  #show(data: Buffer): void {
    if (data.length === 0) return;
    this.#heard = performance.now();
    const { ctx } = this;
    ctx.write(ctx.json ? `${JSON.stringify({ data: this.#decoder.decode(data, { stream: true }) })}\n` : data);
  }

  async #silence(): Promise<void> {
    const asked = performance.now();
    for (;;) {
      const rest = Math.max(asked, this.#heard) + silenceMs - performance.now();
      if (rest <= 0) return;
      await delay(rest, this.#over.signal);
    }
  }
}
