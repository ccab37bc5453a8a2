import { type BangerError, commonReasons, type ErrorKind, toBangerError } from '../../lib/errors.js';
import { reasons } from '../errors.js';
import type { Style } from './style.js';
import { printable } from './text.js';

/** Where the contract and the command line have different names for a thing. */
const optionOfField: Readonly<Record<string, string>> = {
  cpu_count: '--cpus',
  memory_mib: '--memory',
  disk_mib: '--disk',
  work_disk_mib: '--work-disk',
  init: '--init',
  hypervisor: '--hypervisor',
  image: '--image',
  kernel: '--kernel',
  restart_policy: '--restart',
  autostart_order: '--autostart-order',
  labels: '--label',
  environment: '--env-file',
  user_data: '--user-data',
  selector: '--selector',
  tail_bytes: '--tail',
  grace_seconds: '--grace',
  'spec.ipv4_address': '--ip',
  'spec.mac_address': '--mac',
  allow_from: '--allow-from',
  egress: '--egress',
  published_ports: '--publish',
  ipv4_address: '--addr',
  tap: '--tap',
};

/**
 * Everything that a program needs to know of what failed: `--json` prints it on standard error as `{"error": …}`, the
 * first failure. When several failed, all stand in `errors` too.
 */
export function errorsJson(errors: readonly unknown[]): object {
  const all = errors.map((error) => {
    const { kind, reason, message, metadata, fields, preconditions } = toBangerError(error);
    return { kind, reason, message, metadata, fields, preconditions };
  });
  return { error: all[0], ...(all.length > 1 && { errors: all }) };
}

/** What could not be done and why; several mistakes, or several missing things, have a line each. */
export function errorText(error: unknown, style: Style): string {
  const known = toBangerError(error);
  const label = known.reason === reasons.INTERRUPTED ? style.yellow('stopped:') : style.red('error:');
  return [`${label} ${printable(headline(known))}`, ...details(known).map(printable), ...trace(known, style)].join(
    '\n',
  );
}

/** Who asked for what is wrong, or is not there, knows enough; for the rest the services' logs may have the cause. */
const plainKinds: readonly ErrorKind[] = ['invalid', 'not-found', 'exists'];

function trace({ kind, metadata }: BangerError, style: Style): string[] {
  const { requestId } = metadata;
  if (requestId === undefined || plainKinds.includes(kind)) return [];
  return [style.dim(printable(`  see \`banger service logs --request ${requestId.slice(0, 8)}\``))];
}

/** Without the mistakes, when they follow below. */
function headline(error: BangerError): string {
  const { message } = error;
  if (details(error).length === 0) return message;
  if (error.reason === reasons.USAGE) return `the command line has mistakes; see \`${error.metadata.help}\``;
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

/** Their messages are lists of what is wrong, even of one thing. */
const lists: readonly string[] = [commonReasons.INVALID_REQUEST, reasons.APPLY_FILE_INVALID, reasons.APPLY_REFUSED];

function isOurList(error: BangerError): boolean {
  return lists.includes(error.reason);
}

function fieldLine({ field, description }: { field: string; description: string }): string {
  if (field === '') return `  ${description}`;
  return `  ${optionOf(field)}: ${description}`;
}

/** What a field of the contract is called on the command line. */
export function optionOf(field: string): string {
  const inner = field.replace('spec.', '').replace('policy.', '');
  return optionOfField[field] ?? optionOfField[inner] ?? optionOfField[inner.replace(/[[.].*$/, '')] ?? inner;
}
