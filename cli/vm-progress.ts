import type { Vm } from '../gen/banger/vmm/v1/vm_service.js';
import { delay } from '../lib/clock.js';
import { commonReasons, isBangerError } from '../lib/errors.js';
import type { Context } from './context.js';
import { doing } from './views/vm.js';

/** A verb that waits ends when its VM is there; how long that may take is vmm's to say. */
export const waitDeadlineMs = 24 * 3_600_000;
const reconnectMs = 200;
/** A restart of vmm takes a moment; after 30 s of looking it is something else. */
const maxAttempts = 150;
/** Of more VMs than a line can name, it says how many do what. */
const maxNamed = 4;

/** Follows VMs while a verb waits for them, and shows what they are doing. */
export class VmFollower {
  readonly #seen = new Map<string, Vm>();
  readonly #over = new AbortController();
  #connected = false;

  constructor(
    private readonly ctx: Context,
    private readonly names: readonly string[],
  ) {}

  start(): void {
    void this.#follow(AbortSignal.any([this.#over.signal, this.ctx.signal]));
  }

  stop(): void {
    this.#over.abort();
  }

  /** The VM as it was last seen. */
  seen(name: string): Vm | undefined {
    return this.#seen.get(name);
  }

  /**
   * Calls `verb` again when vmm went away under it, for as long as a restart takes. Only for verbs that may be repeated;
   * one that vmm never heard fails at once.
   */
  async persist<T>(verb: (repeated: boolean) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await verb(attempt > 1);
      } catch (error) {
        if (attempt === maxAttempts || !this.#lost(error)) throw error;
        await delay(reconnectMs, this.ctx.signal);
      }
    }
  }

  /** Whether vmm was there and went away. What vmm itself could not reach has no cause on this side of the wire. */
  #lost(error: unknown): boolean {
    if (!this.#connected || this.ctx.signal.aborted || !isBangerError(error)) return false;
    const unreachable = error.reason === commonReasons.SERVICE_UNREACHABLE && error.cause !== undefined;
    return unreachable || error.reason === commonReasons.SHUTTING_DOWN;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // The stream ends with vmm; the verb's own call tells what came of it.
      await this.#watch(signal).catch(() => undefined);
      await delay(reconnectMs, signal).catch(() => undefined);
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const vmm = await this.ctx.clients.vmm();
    const name = this.names.length === 1 ? (this.names[0] ?? '') : '';
    for await (const { event } of vmm.watchVms({ name, selector: '' }, { signal })) {
      this.#connected = true;
      if (event?.$case === 'upserted') this.#seen.set(event.value.name, event.value);
      if (event?.$case === 'deleted') this.#seen.delete(event.value.name);
      this.#show();
    }
  }

  #show(): void {
    const vms = this.names.map((name) => this.#seen.get(name)).filter((vm) => vm !== undefined);
    if (vms.length > 0) this.ctx.progress.show(this.names.length > maxNamed ? countsOf(vms) : each(vms));
  }
}

function each(vms: readonly Vm[]): string {
  return vms.map((vm) => `${vm.name}: ${doing(vm)}`).join(', ');
}

/** In the order of the alphabet: what changes is the numbers, and not which stands first. */
function countsOf(vms: readonly Vm[]): string {
  const counts = new Map<string, number>();
  for (const vm of vms) counts.set(doing(vm), (counts.get(doing(vm)) ?? 0) + 1);
  return [...counts.keys()]
    .toSorted()
    .map((what) => `${counts.get(what)} ${what}`)
    .join(', ');
}
