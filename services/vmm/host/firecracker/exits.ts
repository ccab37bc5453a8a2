import { constants } from 'node:os';
import type { OwnEnd } from '../../domain/restart.js';

/** How a process ended: by a code of its own or by a signal; neither is known of one that somebody else started. */
export interface Exit {
  readonly code?: number | null;
  readonly signal?: NodeJS.Signals | null;
}

const panicCode = 128 + constants.signals.SIGABRT;

/** Firecracker's exit codes, and what they tell. */
const codes: Readonly<Record<number, string>> = {
  0: 'its guest reset itself',
  1: 'Firecracker could not go on: its configuration, its socket, or a processor of its guest failed',
  2: 'an unexpected error within Firecracker ended it',
  [panicCode]: 'Firecracker panicked, which is a bug in it',
  148: 'it made a system call that its filter forbids',
  149: 'a page of its memory could not be read: a file below it was cut short, or the disk or the huge pages ran out',
  150: 'it accessed memory that is not its own, which is a bug in Firecracker',
  151: 'it wrote beyond the limit for the size of a file',
  152: 'a value of its configuration is wrong',
  153: 'its command line is wrong',
  154: 'it used more processor time than its limit allows',
  156: 'the terminal that it was bound to is gone (SIGHUP)',
  157: "it met an instruction that the host's processor does not have (SIGILL)",
};

const signals: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGKILL: 'it was killed, perhaps for lack of memory',
  SIGTERM: 'somebody ended it with SIGTERM, which gives its guest no time to shut down',
  SIGINT: 'somebody ended it with SIGINT, which gives its guest no time to shut down',
};

/** Why a Firecracker process ended, as one sentence without its full stop. */
export function exitReason({ code, signal }: Exit): string {
  const aborted = signal === 'SIGABRT' ? panicCode : undefined;
  const known = code ?? aborted;
  if (known !== undefined)
    return codes[known] === undefined ? `it ended with exit code ${known}` : `${codes[known]} (exit code ${known})`;
  if (signal) return signals[signal] ?? `a signal ended it (${signal})`;
  return 'it vanished without a word; it was killed, perhaps for lack of memory';
}

/**
 * What a Firecracker that nobody has ended came to; undefined when its exit tells nothing. A reset that the kernel did not
 * announce, as one without a console cannot, is a reset all the same.
 */
export function endFromExit(exit: Exit): OwnEnd | undefined {
  if (exit.code === 0) return { cause: 'rebooted' };
  const isKnown = typeof exit.code === 'number' || exit.signal;
  return isKnown ? { cause: 'crashed', detail: exitReason(exit) } : undefined;
}

/** What each fatal signal that Firecracker handles, and logs by its number, makes of its exit code. */
const codeOfSignal: Readonly<Record<number, number>> = {
  [constants.signals.SIGBUS]: 149,
  [constants.signals.SIGSEGV]: 150,
  [constants.signals.SIGXFSZ]: 151,
  [constants.signals.SIGXCPU]: 154,
  [constants.signals.SIGHUP]: 156,
  [constants.signals.SIGILL]: 157,
};

/** The ways in which its log tells its end. Those of fatal signals come without the code. */
const lastWords =
  /exit_code=(?<code>\d+)|after intercepting signal (?<signal>\d+)|after intercepting a bad (?<syscall>syscall)|(?<panicked>panicked at )/g;

/** The exit code that the log of a process tells, also of one that was not our child; undefined when it tells none. */
export function exitCodeFromLog(text: string): number | undefined {
  const { code, signal, syscall, panicked } = [...text.matchAll(lastWords)].at(-1)?.groups ?? {};
  if (code !== undefined) return Number(code);
  if (signal !== undefined) return codeOfSignal[Number(signal)];
  if (syscall !== undefined) return 148;
  return panicked === undefined ? undefined : panicCode;
}
