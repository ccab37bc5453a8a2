import type { BangerError } from '../../../lib/errors.js';
import { vmDeleting, vmRunning, wrongState } from './errors.js';
import { type Rule, ruleFor, type Verb } from './lifecycle.js';
import { specLimits } from './spec.js';
import { isMoving, type Removal, type Tie, type Vm, type VmStatus, withStatus } from './vm.js';

/** A verb that somebody wants done to a VM. */
export interface VerbRequest {
  readonly verb: Verb;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** For stop and restart: how long the guest may take. */
  readonly graceSeconds?: number;
  /** For delete: even while it runs, and whatever cannot be cleaned up. */
  readonly force?: boolean;
  /** For delete: keep nothing. */
  readonly purge?: boolean;
  /** For start: whose life the VM's is tied to from now on. */
  readonly tie?: Tie;
}

export type Admission =
  /** Write `vm`; when `interrupts`, end what the worker does. */
  | { readonly kind: 'accept'; readonly vm: Vm; readonly interrupts: boolean }
  | { readonly kind: 'already-done' }
  | { readonly kind: 'deny'; readonly error: BangerError };

/** May this be done now, and what becomes of the VM? Pure: the caller writes the answer down. */
export function admit(vm: Vm, request: VerbRequest): Admission {
  const rule: Rule = ruleFor(request.verb, vm.status.state);
  switch (rule.kind) {
    case 'deny':
      return { kind: 'deny', error: denial(vm, request.verb) };
    case 'met':
      return vm.status.turn === 'waits' ? atOnce(vm, vm.goal) : { kind: 'already-done' };
    case 'press':
      return press(vm, request);
    case 'allow':
      return { kind: 'accept', vm, interrupts: false };
    case 'follow':
      if (vm.status.turn === 'waits') return atOnce(vm, rule.goal);
      return rule.goal === vm.goal ? { kind: 'already-done' } : follow(vm, rule.goal);
    case 'enter':
      return enter(vm, rule, request);
  }
}

/** A pause or a resume of a settled VM is judged by the error that it leaves, not by an older one. */
function follow(vm: Vm, goal: Vm['goal']): Admission {
  const after = isMoving(vm.status.state) ? vm : withStatus(vm, { lastError: undefined });
  return { kind: 'accept', vm: { ...after, goal }, interrupts: false };
}

/** What a caller wants of a VM that waits for its turn does not wait for it. */
function atOnce(vm: Vm, goal: Vm['goal']): Admission {
  const change = { turn: undefined, step: '', restarts: undefined, lastError: undefined } as const;
  return { kind: 'accept', vm: { ...withStatus(vm, change), goal }, interrupts: false };
}

function enter(vm: Vm, rule: Extract<Rule, { kind: 'enter' }>, request: VerbRequest): Admission {
  if (rule.state === 'DELETING' && rule.onlyForced && !request.force) {
    return { kind: 'deny', error: vmRunning(vm.name) };
  }
  const former = { stopOrder: undefined, stateReason: undefined, turn: undefined } as const;
  const change: Partial<VmStatus> = { ...former, state: rule.state, step: '' };
  if (rule.state === 'STARTING') return accept(vm, rule.goal, { ...change, lastError: undefined, restarts: undefined });
  if (rule.state === 'DELETING') return accept(vm, rule.goal, { ...change, removal: removalOf(request) });
  const graceSeconds = rule.manner === 'ask' ? (request.graceSeconds ?? specLimits.graceSeconds.standard) : 0;
  return accept(vm, rule.goal, { ...change, stopOrder: { graceSeconds, since: request.now } });
}

function removalOf({ force = false, purge = false }: VerbRequest): Removal {
  return { forced: force, purge };
}

/** A deletion that is on its way never gets gentler. */
function press(vm: Vm, request: VerbRequest): Admission {
  const [now, asked] = [vm.status.removal ?? { forced: false, purge: false }, removalOf(request)];
  const removal = { forced: now.forced || asked.forced, purge: now.purge || asked.purge };
  if (removal.forced === now.forced && removal.purge === now.purge) return { kind: 'already-done' };
  return { kind: 'accept', vm: withStatus(vm, { removal }), interrupts: true };
}

function denial({ name, status }: Vm, verb: Verb): BangerError {
  if (status.state === 'DELETING') return vmDeleting(name, `${verb} vm ${name}`);
  return wrongState(`${verb} vm ${name}`, status.state, `it must be ${verb === 'resume' ? 'paused' : 'running'}`);
}

function accept(vm: Vm, goal: Vm['goal'], change: Partial<VmStatus>): Admission {
  return { kind: 'accept', vm: { ...withStatus(vm, change), goal }, interrupts: true };
}
