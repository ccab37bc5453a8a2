import { delay } from '../../../lib/clock.js';
import type { Log } from '../../../lib/log.js';
import type { ListenerRole, ListenerState, NameListener } from '../app/ports.js';
import { Backoff } from '../domain/backoff.js';
import { listenFailed } from '../domain/errors.js';
import type { Respond, Traffic } from './endpoint.js';
import { openTcpFront } from './tcp-front.js';
import { type Front, openUdpFront } from './udp-front.js';

export interface ListenerOptions {
  readonly role: ListenerRole;
  /** 0 takes any free port. */
  readonly port: number;
  readonly respond: Respond;
  readonly admits: (address: string) => boolean;
  /** Without it anybody may ask as much as it likes: programs of this host share one address, and may be many. */
  readonly allows?: (address: string) => boolean;
  readonly traffic: Traffic;
  readonly log: Log;
}

/** Whoever has our port may let go of it at any time: nothing tells us, so we look. */
const firstPauseMs = 250;
const lastPauseMs = 5_000;

/** UDP and TCP at one address and port. Once open it stays open: what fails is tried again until `close`. */
export class DnsListener implements NameListener {
  #address = '';
  #port: number;
  #listening = false;
  #error = 'not opened yet';
  #life: AbortController | undefined;
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  constructor(private readonly options: ListenerOptions) {
    this.#port = options.port;
  }

  state(): ListenerState {
    const { role } = this.options;
    return { role, address: this.#address, port: this.#port, listening: this.#listening, error: this.#error };
  }

  async open(address: string): Promise<void> {
    if (this.#life && this.#address === address) return this.#wake();
    await this.close('');
    this.#address = address;
    const life = new AbortController();
    this.#life = life;
    await new Promise<void>((tried) => {
      this.#loop = this.#keepOpen(life.signal, tried);
    });
  }

  async close(why: string): Promise<void> {
    this.#life?.abort();
    this.#life = undefined;
    await this.#loop;
    this.#error = why;
  }

  async #keepOpen(signal: AbortSignal, tried: () => void): Promise<void> {
    const backoff = new Backoff(firstPauseMs, lastPauseMs);
    while (!signal.aborted) {
      try {
        await this.#serve(signal, () => {
          backoff.reset();
          tried();
        });
      } catch (error) {
        this.#failed(error);
      }
      tried();
      if (!signal.aborted) await this.#pause(backoff.next(), signal);
    }
  }

  /** Opens, and returns when the signal aborts; fails when the port cannot be had, or is lost. */
  async #serve(signal: AbortSignal, opened: () => void): Promise<void> {
    const broken = new AbortController();
    const fronts = await this.#openFronts((error) => broken.abort(error));
    try {
      this.#listening = true;
      this.#error = '';
      this.options.log.info({ role: this.options.role, address: this.#address, port: this.#port }, 'answering DNS');
      opened();
      await aborted(AbortSignal.any([signal, broken.signal]));
      broken.signal.throwIfAborted();
    } finally {
      this.#listening = false;
      await Promise.all(fronts.map((front) => front.close()));
    }
  }

  /** Both or none: a resolver that gets no TCP after a truncated answer is worse off than one that gets nothing. */
  async #openFronts(onFault: (error: Error) => void): Promise<Front[]> {
    const { port, respond, admits, traffic, allows = () => true } = this.options;
    const common = { respond, admits, allows, traffic, onFault };
    const tcp = await openTcpFront({ ...common, endpoint: { address: this.#address, port } });
    try {
      const udp = await openUdpFront({ ...common, endpoint: { address: this.#address, port: tcp.port } });
      this.#port = tcp.port;
      return [tcp, udp];
    } catch (error) {
      await tcp.close();
      throw error;
    }
  }

  /** Says it once, not at every attempt. */
  #failed(cause: unknown): void {
    const error = listenFailed(this.#address, this.#port, cause);
    if (error.message === this.#error) return;
    this.#error = error.message;
    this.options.log.warn({ reason: error.reason, role: this.options.role }, error.message);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([woken, delay(ms, signal).catch(() => undefined)]);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
