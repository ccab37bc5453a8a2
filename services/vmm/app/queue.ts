/** Hands what one side says on to the other, in order, until the work that says it has ended. */
export class Queue<T> {
  readonly #items: T[] = [];
  #wake: () => void = () => undefined;

  push(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  /** What is pushed while the work goes on. Fails as the work does, after all that was pushed before. */
  async *during(work: Promise<unknown>): AsyncIterable<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
      this.#wake();
    };
    work.then(over, over);
    for (;;) {
      yield* this.#items.splice(0);
      if (isOver) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        // It may have come while what came before it was taken.
        if (isOver || this.#items.length > 0) resolve();
      });
    }
    await work;
  }
}
