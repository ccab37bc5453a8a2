/**
 * Makes calls of `work` follow one another: a call while it runs makes it run once more afterwards, however many such
 * calls there are, so that what happened meanwhile is not missed. Each call resolves when nothing is left to do; `work`
 * must not reject.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;
  const run = async () => {
    do {
      again = false;
      await work();
    } while (again);
    running = undefined;
  };
  return () => {
    again = true;
    running ??= run();
    return running;
  };
}
