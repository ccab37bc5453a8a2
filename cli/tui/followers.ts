import type { Topic } from './state/events.js';
import { topicKey } from './state/topics.js';

type Follow = (topic: Topic, signal: AbortSignal) => Promise<void>;

/** Follows what a state asks for: begins what is new, ends what is not wanted any more. */
export class Followers {
  readonly #running = new Map<string, AbortController>();

  constructor(private readonly follow: Follow) {}

  want(topics: readonly Topic[]): void {
    const wanted = new Map(topics.map((topic) => [topicKey(topic), topic]));
    for (const [key, running] of this.#running) {
      if (wanted.has(key)) continue;
      this.#running.delete(key);
      running.abort();
    }
    for (const [key, topic] of wanted) if (!this.#running.has(key)) this.#begin(key, topic);
  }

  #begin(key: string, topic: Topic): void {
    const over = new AbortController();
    this.#running.set(key, over);
    void this.follow(topic, over.signal);
  }
}
