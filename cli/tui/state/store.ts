import type { Effect, Event } from './events.js';
import type { State } from './state.js';
import { step } from './step.js';

/** The one state of a running screen; who draws it and who follows it hear of every change. */
export class Store {
  #state: State;
  readonly #listeners = new Set<() => void>();

  constructor(
    start: State,
    private readonly onEffect: (effect: Effect) => void,
  ) {
    this.#state = start;
  }

  readonly get = (): State => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly send = (event: Event): void => {
    const { state, effects } = step(this.#state, event);
    const changed = state !== this.#state;
    this.#state = state;
    if (changed) for (const listener of this.#listeners) listener();
    for (const effect of effects) this.onEffect(effect);
  };
}
