import type { FieldViolation } from '../../lib/errors.js';

/** What an environment file says, and every mistake in it, by line. */
export interface ReadEnvironment {
  readonly environment: { [name: string]: string };
  readonly mistakes: readonly FieldViolation[];
}

/**
 * Reads lines NAME=value. Empty lines and those that begin with "#" mean nothing; blanks around a line do not count; of a
 * name that is given twice the last counts. Quotes are no syntax here: vmm says which values can be told to a guest.
 */
export function readEnvironment(text: string): ReadEnvironment {
  const lines = text.split('\n').map((line, i) => ({ line: line.trim(), number: i + 1 }));
  const told = lines.filter(({ line }) => line !== '' && !line.startsWith('#'));
  const mistakes = told
    .filter(({ line }) => line.indexOf('=') < 1)
    .map(({ line, number }) => ({ field: `line ${number}`, description: `must be NAME=value, is "${line}"` }));
  const entries = told.map(
    ({ line }) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const,
  );
  return { environment: Object.fromEntries(entries), mistakes };
}
