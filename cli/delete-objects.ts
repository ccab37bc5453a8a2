import type { Result } from './define-command.js';
import { SeveralErrors } from './errors.js';

/** Deletes one after the other. Those that fail do not keep the others; each failure is reported. */
export async function deleteObjects(
  kind: string,
  given: readonly (string | undefined)[],
  remove: (name: string) => Promise<unknown>,
): Promise<Result> {
  const names = [...new Set(given.filter((name) => name !== undefined))];
  const errors: unknown[] = [];
  for (const name of names) await remove(name).catch((error) => errors.push(error));
  if (errors.length > 0) throw new SeveralErrors(errors);
  return {
    json: names.map((name) => ({ name, deleted: true })),
    text: () => names.map((name) => `${kind} ${name} is deleted`).join('\n'),
  };
}
