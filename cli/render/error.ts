import { type BangerError, commonReasons, toBangerError } from '../../lib/errors.js';
import { reasons } from '../errors.js';
import type { Style } from './style.js';

/** Everything that a program needs to know of an error: `--json` prints it on standard error as `{"error": …}`. */
export function errorJson(error: unknown): object {
  const { kind, reason, message, metadata, fields, preconditions } = toBangerError(error);
  return { error: { kind, reason, message, metadata, fields, preconditions } };
}

/** What could not be done and why; several mistakes, or several missing things, have a line each. */
export function errorText(error: unknown, style: Style): string {
  const known = toBangerError(error);
  const label = known.reason === reasons.INTERRUPTED ? style.yellow('stopped:') : style.red('error:');
  return [`${label} ${headline(known)}`, ...details(known)].join('\n');
}

/** Without the mistakes, when they follow below. */
function headline(error: BangerError): string {
  const { message } = error;
  if (details(error).length === 0) return message;
  if (error.reason === reasons.USAGE) return `the command line is not understood; see \`${error.metadata.help}\``;
  const what = message.slice(0, message.indexOf(':'));
  return error.reason === commonReasons.HOST_NOT_READY ? `${what}: this host lacks` : `${what}:`;
}

function details(error: BangerError): string[] {
  if (error.fields.length > 1 || (error.fields.length === 1 && isOurList(error))) return error.fields.map(fieldLine);
  if (error.reason === commonReasons.HOST_NOT_READY) {
    return error.preconditions.map(({ subject, description }) => `  ${subject}: ${description}`);
  }
  return [];
}

function isOurList(error: BangerError): boolean {
  return error.reason === commonReasons.INVALID_REQUEST;
}

function fieldLine({ field, description }: { field: string; description: string }): string {
  return field === '' ? `  ${description}` : `  ${field}: ${description}`;
}
