import type { RestartPolicy } from '../../services/vmm/domain/vm.js';

/**
 * What a user may expect of one VM, whatever happens to banger: where it ends when all is well again. Pure, and knows
 * nothing of how vmm works. What nobody was told of, as an answer that was lost, leaves more than one end possible.
 */

export type End = 'absent' | 'stopped' | 'running' | 'paused' | 'failed';

/** What a caller may ask for. `createStopped` is a create with `no_start`; every delete is forced. */
export const verbs = [
  'create',
  'createStopped',
  'start',
  'stop',
  'kill',
  'restart',
  'pause',
  'resume',
  'delete',
  'update',
] as const;
export type Verb = (typeof verbs)[number];

/** What a guest, or its hypervisor, may do by itself. */
export const ownEnds = ['powerOff', 'reboot', 'panic', 'crash'] as const;
export type OwnEnd = (typeof ownEnds)[number];

/**
 * `done`: accepted. `refused`: the end that the VM goes to does not allow it. `notNow`: the way there does not, or the
 * service cannot. `lost`: nobody knows.
 */
export type Outcome = 'done' | 'refused' | 'notNow' | 'lost';

export type Ends = ReadonlySet<End>;

const isUp = (end: End) => end === 'running' || end === 'paused';

/** Where a verb leads a VM on its way to an end; undefined when it is refused. */
function led(verb: Verb, end: End): End | undefined {
  if (verb === 'create') return end === 'absent' ? 'running' : undefined;
  if (verb === 'createStopped') return end === 'absent' ? 'stopped' : undefined;
  // Accepted again while the deletion goes on.
  if (verb === 'delete') return 'absent';
  if (end === 'absent') return undefined;
  if (verb === 'update') return end;
  if (verb === 'start' || verb === 'restart') return 'running';
  if (verb === 'pause') return isUp(end) ? 'paused' : undefined;
  if (verb === 'resume') return isUp(end) ? 'running' : undefined;
  return 'stopped';
}

function union(...all: readonly Iterable<End>[]): Ends {
  return new Set(all.flatMap((some) => [...some]));
}

/** After a verb had this outcome. Empty when it should have had another. */
export function afterVerb(ends: Ends, verb: Verb, outcome: Outcome): Ends {
  const accepted = new Set([...ends].map((end) => led(verb, end)).filter((end) => end !== undefined));
  if (outcome === 'done') return accepted;
  if (outcome === 'lost') return union(ends, accepted);
  if (outcome === 'notNow') return ends;
  // A deletion on its way has nothing to delete any more when it is over.
  return new Set([...ends].filter((end) => (verb === 'delete' ? end === 'absent' : led(verb, end) === undefined)));
}

export interface Done {
  readonly verb: Verb;
  readonly outcome: Outcome;
}

/** After two verbs at the same time: as one after the other, in either order. Empty when it was neither. */
export function afterBoth(ends: Ends, a: Done, b: Done): Ends {
  const inOrder = (first: Done, second: Done) =>
    afterVerb(afterVerb(ends, first.verb, first.outcome), second.verb, second.outcome);
  return union(inOrder(a, b), inOrder(b, a));
}

/** Where an end of its own leads a VM that had settled. */
function sequel(end: OwnEnd, policy: RestartPolicy): End {
  if (end === 'reboot') return 'running';
  if (end === 'powerOff') return policy === 'always' ? 'running' : 'stopped';
  return policy === 'never' ? 'failed' : 'running';
}

/** After a VM ended by itself that had settled and ran. */
export function afterOwnEnd(end: OwnEnd, policy: RestartPolicy): Ends {
  return new Set([sequel(end, policy)]);
}

/** After one ended by itself that was on its way somewhere: that may fail, or go on. */
export function afterEndOnTheWay(ends: Ends, end: OwnEnd, policy: RestartPolicy): Ends {
  return union(
    ...[...ends].map((to): readonly End[] => (to === 'absent' ? [to] : [to, 'failed', sequel(end, policy)])),
  );
}

/** Nobody saw how it ended; only a guest that says so is known to have powered off, rebooted or panicked. */
export function afterUnseenEnd(end: OwnEnd, policy: RestartPolicy): Ends {
  if (end !== 'crash') return afterOwnEnd(end, policy);
  return new Set([policy === 'always' ? 'running' : 'stopped']);
}

/** Seen, and not recorded, for the disk is full: known as long as the service lives that saw it. */
export function afterUnrecordedEnd(end: OwnEnd, policy: RestartPolicy): Ends {
  return union(afterOwnEnd(end, policy), afterUnseenEnd(end, policy));
}

/** While something fails that banger needs, what is on its way may fail, and a change may be taken back. */
export function afterTrouble(ends: Ends): Ends {
  return union(
    ...[...ends].map((end): readonly End[] => [
      end,
      'failed',
      ...(end === 'paused' ? ['running' as const] : []),
      ...(end === 'running' ? ['paused' as const] : []),
    ]),
  );
}
