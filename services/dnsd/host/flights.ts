import { unlessAborted } from '../../../lib/clock.js';
import { within } from './within.js';

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Work under way, by key: who wants what is being fetched already waits for that. Each piece of work ends after `totalMs`,
 * or when nobody waits for it any more.
 *
 * So a question that comes back to us by some way round waits for itself and ends with it; it never goes round twice.
 */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  constructor(private readonly totalMs: number) {}

  /** Rejects with the signal's reason when it aborts. `start` is called when nothing is under way for the key. */
  async join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const flight = this.#flights.get(key) ?? this.#begin(key, start);
    flight.waiting++;
    try {
      return await unlessAborted(flight.result, signal);
    } finally {
      flight.waiting--;
      if (flight.waiting === 0) {
        flight.controller.abort(new Error('nobody waits for it'));
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      }
    }
  }

  #begin(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const result = within(this.totalMs, controller.signal, start);
    const flight: Flight<T> = { result, controller, waiting: 0 };
    this.#flights.set(key, flight);
    const remove = () => this.#flights.get(key) === flight && this.#flights.delete(key);
    result.then(remove, remove);
    return flight;
  }
}
