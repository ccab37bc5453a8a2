import type { Goal, VmState } from './vm.js';

/**
 * The life of a VM.
 *
 *                 create                                delete (any state)
 *                   │                                          │
 *                   ▼         no_start                         ▼
 *               CREATING ───────────────► STOPPED          DELETING ──► gone, or in the trash
 *                   │   ▲                  ▲   │                             │
 *                   │   └──────────────────┼───┼──────────── restore ────────┘
 *                   ▼                      │   │ start
 *               STARTING ◄─────────────────┼───┘
 *                   │  ▲    restart        │
 *        answers    │  └───────────── STOPPING ◄──┐
 *                   ▼                              │ stop, kill, restart
 *                RUNNING ──────────────────────────┤
 *                   ▲│ pause                       │
 *            resume │▼                             │
 *                PAUSED ───────────────────────────┘
 *
 * A RUNNING VM that ends by itself goes to STOPPED, STARTING or FAILED: domain/restart.ts.
 *
 * After a restart of the host (another boot id than the recorded one) what was CREATING, STOPPING or DELETING is finished; what
 * was up starts again if its policy is `always`, and is STOPPED with the reason otherwise. A VM with autostart starts whatever it
 * was, STOPPED and FAILED too. Those that start are STARTING and wait for their turn, in the order of `autostartOrder` and
 * then of names: domain/turns.ts. Any verb takes a VM out of the queue, and start starts it at once.
 *
 * A deletion ends with the record, or moves it to the trash, where the disks are kept for a while: domain/trash.ts.
 *
 * A moving state whose work fails ends in FAILED; start, stop, kill, restart and delete lead out of it.
 *
 * A verb writes the VM's state and goal in one transaction and returns; one worker per VM (app/workers.ts) does what the
 * state asks for, and is the only one that touches the host for that VM. `enter` ends what the worker is doing at once:
 * this is how delete and kill win over a start that hangs. `follow` lets it go on and only says where it leads.
 */

export const verbs = ['start', 'stop', 'kill', 'restart', 'pause', 'resume', 'delete', 'update'] as const;
export type Verb = (typeof verbs)[number];

/** How a stop treats the guest: ask it first, or pull the plug. */
export type Manner = 'ask' | 'pull';

export type Rule =
  /** Enter the state now. Whatever the worker does for the former one ends. */
  | { readonly kind: 'enter'; readonly state: 'STARTING'; readonly goal: 'running' }
  | { readonly kind: 'enter'; readonly state: 'STOPPING'; readonly goal: Goal; readonly manner: Manner }
  | { readonly kind: 'enter'; readonly state: 'DELETING'; readonly goal: 'deleted'; readonly onlyForced?: true }
  /** Let the current movement end, then go on to this goal. */
  | { readonly kind: 'follow'; readonly goal: Goal }
  /** On its way already: succeed, and add what the verb adds to how it is done, if it adds anything. */
  | { readonly kind: 'press' }
  /** The goal is met: succeed and change nothing. */
  | { readonly kind: 'met' }
  /** The verb changes no state. */
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny' };

const enterStarting = { kind: 'enter', state: 'STARTING', goal: 'running' } as const;
const askToStop = { kind: 'enter', state: 'STOPPING', goal: 'stopped', manner: 'ask' } as const;
const pullThePlug = { kind: 'enter', state: 'STOPPING', goal: 'stopped', manner: 'pull' } as const;
const askThenStart = { kind: 'enter', state: 'STOPPING', goal: 'running', manner: 'ask' } as const;
const pullThenStart = { kind: 'enter', state: 'STOPPING', goal: 'running', manner: 'pull' } as const;
const enterDeleting = { kind: 'enter', state: 'DELETING', goal: 'deleted' } as const;
const deleteIfForced = { ...enterDeleting, onlyForced: true } as const;
const towards = <G extends Goal>(goal: G) => ({ kind: 'follow', goal }) as const;
const press = { kind: 'press' } as const;
const met = { kind: 'met' } as const;
const allow = { kind: 'allow' } as const;
const deny = { kind: 'deny' } as const;

/** What each verb does in each state. Every pair is here; lifecycle.test.ts walks them all. */
export const lifecycle = {
  start: {
    CREATING: towards('running'),
    STOPPED: enterStarting,
    STARTING: met,
    // Also when it is about to be paused.
    RUNNING: towards('running'),
    PAUSED: towards('running'),
    STOPPING: towards('running'),
    DELETING: deny,
    FAILED: enterStarting,
  },
  stop: {
    CREATING: towards('stopped'),
    STOPPED: met,
    // The guest has not answered yet: there is nobody to ask, and nothing of the user's to save.
    STARTING: pullThePlug,
    RUNNING: askToStop,
    PAUSED: askToStop,
    STOPPING: towards('stopped'),
    DELETING: deny,
    // Makes sure that no hypervisor is left, whatever failed.
    FAILED: pullThePlug,
  },
  kill: {
    CREATING: pullThePlug,
    STOPPED: met,
    STARTING: pullThePlug,
    RUNNING: pullThePlug,
    PAUSED: pullThePlug,
    STOPPING: pullThePlug,
    DELETING: deny,
    FAILED: pullThePlug,
  },
  restart: {
    CREATING: towards('running'),
    STOPPED: enterStarting,
    STARTING: pullThenStart,
    RUNNING: askThenStart,
    PAUSED: askThenStart,
    STOPPING: towards('running'),
    DELETING: deny,
    FAILED: pullThenStart,
  },
  pause: {
    CREATING: deny,
    STOPPED: deny,
    STARTING: deny,
    RUNNING: towards('paused'),
    PAUSED: towards('paused'),
    STOPPING: deny,
    DELETING: deny,
    FAILED: deny,
  },
  resume: {
    CREATING: deny,
    STOPPED: deny,
    STARTING: deny,
    RUNNING: towards('running'),
    PAUSED: towards('running'),
    STOPPING: deny,
    DELETING: deny,
    FAILED: deny,
  },
  delete: {
    CREATING: enterDeleting,
    STOPPED: enterDeleting,
    STARTING: enterDeleting,
    RUNNING: deleteIfForced,
    PAUSED: deleteIfForced,
    STOPPING: enterDeleting,
    // A repeat may add force, or that nothing is to be kept.
    DELETING: press,
    FAILED: enterDeleting,
  },
  update: {
    CREATING: allow,
    STOPPED: allow,
    STARTING: allow,
    RUNNING: allow,
    PAUSED: allow,
    STOPPING: allow,
    DELETING: deny,
    FAILED: allow,
  },
} satisfies Record<Verb, Record<VmState, Rule>>;

export function ruleFor(verb: Verb, state: VmState): Rule {
  return lifecycle[verb][state];
}
