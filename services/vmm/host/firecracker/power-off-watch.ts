import { delay } from '../../../../lib/clock.js';
import type { Log } from '../../../../lib/log.js';
import type { ConsoleLogs } from '../console-logs.js';

/** A kernel that has powered off writes nothing more: what follows its last words is a guest that only showed them. */
const quietMs = 500;

export interface PowerOffWatchOptions {
  readonly uid: string;
  readonly consoles: ConsoleLogs;
  /** Called once at most. */
  readonly onPowerOff: () => Promise<void>;
  readonly log: Log;
}

/**
 * Tells when a guest has powered off. On x86, Firecracker's process lives on then with idle processors
 * (firecracker-microvm/firecracker 598); the kernel's last words on the console are all that shows it.
 */
export class PowerOffWatch {
  #written = false;
  #looking = false;
  #over = false;

  private constructor(private readonly options: PowerOffWatchOptions) {}

  /** What the console says already is looked at too. */
  static async start(options: PowerOffWatchOptions): Promise<{ close(): void }> {
    const watch = new PowerOffWatch(options);
    const onWrite = () => void watch.#onWrite().catch((err) => options.log.error({ err }, 'could not end a guest'));
    const bounded = await options.consoles.bound(options.uid, { onWrite });
    return {
      close() {
        watch.#over = true;
        bounded.close();
      },
    };
  }

  /** One look at a time, however much the guest writes, and one more when it wrote meanwhile. */
  async #onWrite(): Promise<void> {
    this.#written = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#written && !this.#over) {
        this.#written = false;
        await this.#look();
      }
    } finally {
      this.#looking = false;
    }
  }

  async #look(): Promise<void> {
    const words = await this.options.consoles.kernelWords(this.options.uid);
    if (words !== 'power-off' && words !== 'halt') return;
    await delay(quietMs);
    if (this.#written || this.#over) return;
    this.#over = true;
    await this.options.onPowerOff();
  }
}
