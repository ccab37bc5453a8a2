import { type FieldViolation, invalidRequest } from '../../../lib/errors.js';

/** Refuses a request with all its mistakes. `what` completes "cannot …". */
export function check(what: string, problems: readonly FieldViolation[]): void {
  if (problems.length > 0) throw invalidRequest(what, problems);
}
