/** Runs one piece of work after another, in the order asked: the host has one writer. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    // The failure belongs to who asked; the next in the queue is not concerned.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
