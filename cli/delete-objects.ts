import type { Result } from './define-command.js';

/** Deletes one after the other. Those that fail do not keep the others; each failure is reported. */
export async function deleteObjects(
  kind: string,
  given: readonly (string | undefined)[],
  remove: (name: string) => Promise<unknown>,
): Promise<Result> {
  const done: string[] = [];
  const errors: unknown[] = [];
  for (const name of new Set(given.filter((one) => one !== undefined))) {
    await remove(name).then(
      () => done.push(name),
      (error) => errors.push(error),
    );
  }
  return {
    json: done.map((name) => ({ name, deleted: true })),
    text: () => done.map((name) => `${kind} ${name} is deleted`).join('\n'),
    errors,
  };
}
