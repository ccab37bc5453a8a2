import { delay } from '../../lib/clock.js';
import type { Context } from '../context.js';
import { reconnectMs } from './follow.js';

/** Copies what the VM writes to its console to standard output. */
export class ConsoleCopy {
  #ended: Promise<void> | undefined;
  #isAttached = () => {};

  constructor(
    private readonly ctx: Context,
    private readonly name: string,
    /** Skips what was written before. */
    private onlyNew: boolean,
    private readonly signal: AbortSignal,
  ) {}

  get ended(): Promise<void> {
    return this.#ended ?? Promise.resolve();
  }

  follow(): void {
    this.#ended ??= this.#copy();
  }

  /** Begins; resolves when nothing that is written from then on is missed. */
  async attached(): Promise<void> {
    const attached = new Promise<void>((resolve) => {
      this.#isAttached = resolve;
    });
    this.follow();
    await Promise.race([attached, this.ended]);
  }

  async #copy(): Promise<void> {
    const vmm = await this.ctx.clients.vmm();
    while (!this.signal.aborted) {
      const request = { name: this.name, tailBytes: 0, follow: true, since: undefined, onlyNew: this.onlyNew };
      try {
        for await (const { data } of vmm.streamConsoleLog(request, { signal: this.signal })) {
          this.#isAttached();
          await this.ctx.writeAll(data);
        }
      } catch {
        // The watch tells what has become of the VM, and of vmm.
      }
      this.onlyNew = true;
      await delay(reconnectMs, this.signal).catch(() => undefined);
    }
  }
}
