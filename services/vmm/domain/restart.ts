import type { BangerError } from '../../../lib/errors.js';
import { guestPanicked, hypervisorCrashed, reasons } from './errors.js';
import type { KernelWords } from './kernel-words.js';
import type { RestartPolicy, Restarts, Vm } from './vm.js';

/** How a VM ended that nobody here has ended. `detail` is one sentence for people. */
export type OwnEnd =
  | { readonly cause: 'powered-off' }
  | { readonly cause: 'rebooted' }
  | { readonly cause: 'panicked'; readonly detail: string }
  | { readonly cause: 'crashed'; readonly detail: string };

/** The end that a guest's kernel announced on its console. */
export function endFromWords(words: KernelWords | undefined): OwnEnd | undefined {
  if (words === undefined) return undefined;
  if (typeof words === 'object') return { cause: 'panicked', detail: words.panic };
  return { cause: words === 'restart' ? 'rebooted' : 'powered-off' };
}

/** What becomes of it. */
export type Sequel = 'stop' | 'start' | 'fail';

/** What the restart policy makes of an end. A reboot is the guest's wish to come up again, whatever the policy. */
export function sequelOf(policy: RestartPolicy, cause: OwnEnd['cause']): Sequel {
  if (cause === 'rebooted') return 'start';
  if (cause === 'powered-off') return policy === 'always' ? 'start' : 'stop';
  return policy === 'never' ? 'fail' : 'start';
}

/** What is to be told of an end; undefined when it was the guest's own wish. */
export function errorOf(name: string, end: OwnEnd): BangerError | undefined {
  if (end.cause === 'panicked') return guestPanicked(name, end.detail);
  return end.cause === 'crashed' ? hypervisorCrashed(name, end.detail) : undefined;
}

/** Why a VM is started again after an end, as one sentence. */
export function restartReason(end: OwnEnd): string {
  if (end.cause === 'panicked') return `its kernel panicked: ${end.detail}`;
  if (end.cause === 'crashed') return `its hypervisor ended unexpectedly: ${end.detail}`;
  return end.cause === 'rebooted' ? 'its guest rebooted' : 'its guest powered off';
}

/**
 * Whether a start that failed is tried again: one that the policy or a reboot asked for, not a caller. A guest that
 * powers off before it answers is no failure: only an `always` VM goes on then.
 */
export function isTriedAgain({ spec, status }: Pick<Vm, 'spec' | 'status'>, reason: string): boolean {
  if (status.restarts === undefined || spec.restartPolicy === 'never') return false;
  return spec.restartPolicy === 'always' || reason !== reasons.GUEST_POWERED_OFF;
}

/** A VM that has run this long is well: what ends it then has nothing to do with its start. */
const wellAfterMs = 60_000;
const longestPauseMs = 60_000;

/**
 * The count after one more start by itself. Starts that follow each other quickly wait: 1 s, then twice as long each
 * time, up to 60 s, so that a guest that cannot live does not take the host's time.
 */
export function nextRestarts({ status }: Pick<Vm, 'status'>, reason: string, now: number): Restarts {
  const { restarts, readyTime } = status;
  const wasWell = readyTime !== undefined && now - readyTime >= wellAfterMs;
  const quick = wasWell ? 0 : (restarts?.quick ?? 0) + 1;
  const pauseMs = quick === 0 ? 0 : Math.min(1000 * 2 ** (quick - 1), longestPauseMs);
  return { count: (restarts?.count ?? 0) + 1, quick, notBefore: now + pauseMs, reason };
}

/** How long the next start still waits, in milliseconds. Never longer than the longest pause, whatever the clock does. */
export function pauseBeforeStart({ notBefore }: Restarts, now: number): number {
  return Math.min(Math.max(notBefore - now, 0), longestPauseMs);
}
