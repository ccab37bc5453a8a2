import type { FieldViolation } from '../../../lib/errors.js';

/** A command for a guest, as one line for the shell that its ssh server starts. */

export interface GuestCommand {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute; empty for the user's home. */
  readonly workingDirectory: string;
  /** Empty for the user that one logs in as. */
  readonly user: string;
}

/** In characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Those that make sense from afar, without "SIG". */
export const signalNames = ['HUP', 'INT', 'QUIT', 'KILL', 'USR1', 'USR2', 'TERM', 'CONT', 'STOP', 'TSTP'] as const;
export type SignalName = (typeof signalNames)[number];

/** execve(2) takes no single argument of more: MAX_ARG_STRLEN, 32 pages. */
const maxLineBytes = 128 * 1024 - 1;
const maxTimeoutMs = 30 * 24 * 3_600_000;
const maxCells = 10_000;

/**
 * What both kinds of shells know. `run WHERE VARIABLE... -- PROGRAM ARGUMENT...` becomes the program. It says its process
 * first, on standard error, so that it can be sent signals: sshd takes none for root. A shell that does not lead its process
 * group, as under dropbear, goes on as the leader of one. `as_user USER SCRIPT` goes on as another user, in the same process.
 * No variable of ours is one that somebody may have exported.
 */
const functions = `
run() {
  printf 'banger:%d\\n' $$ >&2
  case $1 in
    '') ;;
    '~') cd -- "$HOME" 2>/dev/null || cd / ;;
    *) cd -- "$1" || exit 126 ;;
  esac
  shift
  while [ "$1" != -- ]; do export "$1"; shift; done
  shift
  read -r _ _ _ _ banger_group _ </proc/$$/stat
  [ "$banger_group" = $$ ] || set -- setsid "$@"
  exec "$@"
}
as_user() {
  banger_group=$(id -g -- "$1") || exit 126
  exec setpriv --reuid "$1" --regid "$banger_group" --init-groups --reset-env -- /bin/sh -c "$2"
}`;

/** The first line of such a command, and the process in it. A terminal ends lines in its own way. */
export const pidLine = /^banger:(\d+)\r?$/;

/** For a login shell. */
export function commandLine(command: GuestCommand): string {
  return shellLine(orderOf(command));
}

/** For a login shell: a shell that becomes the command that is written to it, as `written`, and ends when none is. */
export function waitingLine(end: string): string {
  return shellLine(`
banger_order=
while IFS= read -r banger_line; do
  [ "$banger_line" = ${quoted(end)} ] && eval "$banger_order"
  banger_order="$banger_order$banger_line
"
done`);
}

/** What makes a shell that waits become a command, whose standard input is what comes behind it. `end` is no line in it. */
export function written(command: GuestCommand, end: string): string {
  return `${orderOf(command)}\n${end}\n`;
}

function orderOf({ argv, environment, workingDirectory, user }: GuestCommand): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const where = workingDirectory === '' && user !== '' ? '~' : workingDirectory;
  const order = `run ${[where, ...variables, '--', ...argv].map(quoted).join(' ')}`;
  return user === '' ? order : `as_user ${quoted(user)} ${quoted(`${functions}\n${order}`)}`;
}

function shellLine(script: string): string {
  return `exec /bin/sh -c ${quoted(`${functions}\n${script}`)}`;
}

/** Sends a signal to a process group, or to the process alone where it leads none; one that is gone is no failure. */
export function signalLine(pid: number, signal: SignalName): string {
  return `kill -${signal} -- -${pid} 2>/dev/null || kill -${signal} ${pid} 2>/dev/null; true`;
}

/** Hangs up, and kills what is left after 5 s. Returns at once, for nobody waits for it. */
export function endLine(pid: number): string {
  const after = `sleep 5; ${signalLine(pid, 'KILL')}`;
  return `${signalLine(pid, 'HUP')}; (${after}) </dev/null >/dev/null 2>&1 &`;
}

/** In single quotes nothing but a single quote means anything: POSIX, Shell Command Language 2.2.2. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** What is wrong with a command; the names of the fields are those of ExecCommand. */
export function commandProblems(command: GuestCommand, terminal?: TerminalSize, timeoutMs?: number): FieldViolation[] {
  const { argv, environment, workingDirectory, user } = command;
  const problems: FieldViolation[] = [];
  const refuse = (field: string, description: string) => problems.push({ field, description });
  if (argv.length === 0 || argv[0] === '') refuse('arguments', 'must name a program');
  if (argv.some(hasNul)) refuse('arguments', 'must not contain NUL bytes');
  for (const [name, value] of Object.entries(environment)) {
    if (!/^[A-Za-z_]\w*$/.test(name))
      refuse('environment', `has ${JSON.stringify(name)}, which is not the name of a variable`);
    if (hasNul(value)) refuse('environment', `has a NUL byte in ${name}`);
  }
  if (!/^(|\/[^\0]*)$/.test(workingDirectory)) refuse('working_directory', 'must be an absolute path');
  // useradd(8) takes these.
  if (!/^(|[A-Za-z_][\w.-]{0,31})$/.test(user)) refuse('user', 'must be the name of a user');
  if (terminal) problems.push(...sizeProblems(terminal));
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= maxTimeoutMs))
    refuse('timeout', 'must be longer than nothing and at most 30 days');
  if (problems.length === 0 && Buffer.byteLength(commandLine(command)) > maxLineBytes)
    refuse('arguments', `are too long together with the environment: at most ${maxLineBytes} bytes with all quotes`);
  return problems;
}

export function sizeProblems({ columns, rows }: TerminalSize): FieldViolation[] {
  const fits = (cells: number) => cells >= 1 && cells <= maxCells;
  if (fits(columns) && fits(rows)) return [];
  return [{ field: 'terminal', description: `must have 1 to ${maxCells} columns and rows` }];
}

export function isSignalName(name: string): name is SignalName {
  return (signalNames as readonly string[]).includes(name);
}

function hasNul(text: string): boolean {
  return text.includes('\0');
}
