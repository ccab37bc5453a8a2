import { toBangerError } from '../../lib/errors.js';
import type { Context } from '../context.js';
import { follow } from './data/follow.js';
import { handOver } from './data/hand-over.js';
import { perform, say } from './data/perform.js';
import { Followers } from './followers.js';
import { KeyReader } from './key-reader.js';
import type { Screen } from './load-screen.js';
import type { Effect } from './state/events.js';
import { initialState } from './state/state.js';
import { Store } from './state/store.js';
import { topicsOf } from './state/topics.js';
import { OwnPage } from './terminal.js';

/** Ages are told in seconds at the finest. */
const tickMs = 1_000;

/** One sitting at the screen: joins the state to the keys, the services and what is drawn. */
export class Session {
  readonly #over = new AbortController();
  readonly #page: OwnPage;
  readonly #store: Store;
  readonly #keys: KeyReader;
  readonly #followers: Followers;

  constructor(
    private readonly ctx: Context,
    screen: Screen,
  ) {
    const colours = !ctx.env.NO_COLOR;
    this.#page = new OwnPage(ctx.output, (size, paint) => screen.mount(this.#store, size, colours, paint));
    this.#store = new Store(initialState(this.#page.size(), Date.now()), (effect) => void this.#do(effect));
    this.#keys = new KeyReader(ctx.stdin, (keys) => this.#store.send({ kind: 'keys', keys }));
    this.#followers = new Followers((topic, signal) => follow(ctx, topic, this.#store.send, signal));
  }

  /** Returns when the person leaves; rejects with the signal's reason when it is ended from outside. */
  async run(): Promise<void> {
    const { ctx } = this;
    const ended = AbortSignal.any([ctx.signal, this.#over.signal]);
    const unsubscribe = this.#store.subscribe(() => this.#followers.want(topicsOf(this.#store.get())));
    const tick = setInterval(() => this.#store.send({ kind: 'tick', now: Date.now() }), tickMs);
    ctx.output.on?.('resize', this.#resize);
    try {
      this.#take();
      this.#followers.want(topicsOf(this.#store.get()));
      await new Promise<void>((resolve) => ended.addEventListener('abort', () => resolve()));
    } finally {
      ctx.output.off?.('resize', this.#resize);
      clearInterval(tick);
      unsubscribe();
      this.#followers.want([]);
      this.#leave();
    }
    ctx.signal.throwIfAborted();
  }

  #take(): void {
    this.#resize();
    this.#page.open();
    this.#keys.start();
  }

  #leave(): void {
    this.#keys.stop();
    this.#page.close();
  }

  readonly #resize = (): void => {
    this.#store.send({ kind: 'size', ...this.#page.size() });
    this.#page.drawAnew();
  };

  async #do(effect: Effect): Promise<void> {
    if (effect.do === 'quit') return this.#over.abort();
    if (effect.do !== 'console' && effect.do !== 'shell') return perform(this.ctx, effect, this.#store.send);
    this.#leave();
    try {
      await handOver(this.ctx, effect.do, effect.vm, this.#store.send);
    } catch (error) {
      say(this.#store.send, toBangerError(error).message, 'bad');
    }
    if (!this.ctx.signal.aborted) this.#take();
  }
}
