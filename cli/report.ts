import { BangerError, commonReasons } from '../lib/errors.js';
import type { Surroundings } from './context.js';
import { exitCodeOf, exitCodes } from './errors.js';
import { errorsJson, errorText } from './render/error.js';
import { styleFor } from './render/style.js';

/** Prints an error; returns its exit code. */
export function report(error: unknown, json: boolean, around: Surroundings): number {
  return reportAll([error], json, around) ?? exitCodes.internal;
}

/** Prints errors: for programs as one document. Returns the exit code of the first, undefined when there is none. */
export function reportAll(errors: readonly unknown[], json: boolean, around: Surroundings): number | undefined {
  const [first] = errors;
  if (first === undefined) return undefined;
  const advised = errors.map((error) => withAdvice(error, around.uid));
  const style = styleFor(around.stderr, around.env);
  const text = json
    ? JSON.stringify(errorsJson(advised), null, 2)
    : advised.map((error) => errorText(error, style)).join('\n');
  around.stderr.write(`${text}\n`);
  return exitCodeOf(first);
}

/** Root's sockets cannot be seen by others: for them "start the daemon" would be the wrong advice. */
function withAdvice(error: unknown, uid: number): unknown {
  if (!(error instanceof BangerError) || error.reason !== commonReasons.SERVICE_UNREACHABLE || uid === 0) return error;
  const message = `${error.message}; a daemon that root started answers only to root, and to the group of its sockets: use sudo`;
  return new BangerError(error.kind, error.reason, message, { metadata: error.metadata });
}
