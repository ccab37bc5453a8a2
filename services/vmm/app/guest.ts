import { wrongState } from '../domain/errors.js';
import type { ShellGuest } from './guest-ports.js';
import { loginOf } from './login.js';
import type { Machine } from './ports.js';
import { requireVm } from './verbs.js';
import type { Vmm } from './vmm.js';

/** What reaches into guests works with. */
export type GuestContext = Pick<Vmm, 'machines'> & { readonly world: Pick<Vmm['world'], 'store' | 'shells'> };

/** A guest that answers. `what` completes "cannot …". Fails with VM_WRONG_STATE. */
export function requireGuest({ world, machines }: GuestContext, name: string, what: string): ShellGuest {
  const vm = requireVm(world, name);
  const { state, sshHostKey } = vm.status;
  const machine = machines.get(vm.uid);
  const login = loginOf(vm);
  if (state !== 'RUNNING' || machine === undefined || login === undefined || sshHostKey === undefined)
    throw wrongState(what, state, 'it must be running');
  return { ...login, hostKey: sshHostKey, gone: endOf(machine) };
}

const ends = new WeakMap<Machine, AbortSignal>();

/** Aborts when a machine has ended. The same for all who ask, for a machine lives long. */
export function endOf(machine: Machine): AbortSignal {
  const known = ends.get(machine);
  if (known) return known;
  const ended = new AbortController();
  void machine.ended.then(() => ended.abort());
  ends.set(machine, ended.signal);
  return ended.signal;
}
