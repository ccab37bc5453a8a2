import { invalidRequest } from '../../../lib/errors.js';
import { admit } from '../domain/admission.js';
import { asBangerError } from '../domain/moves.js';
import { changeViolations, type SpecChange } from '../domain/spec.js';
import { isMoving, type Vm } from '../domain/vm.js';
import { requireVm, type VerbContext } from './verbs.js';

/**
 * Changes what a VM shall be, and returns when what can be applied to it now has been. A change that the host refuses is
 * taken back and fails; while a VM is on the move, changes are only recorded, and applied when it has settled.
 */
export async function updateVm(context: VerbContext, name: string, change: SpecChange): Promise<Vm> {
  const { world, workers } = context;
  const before = requireVm(world, name);
  const violations = changeViolations(before.spec, change, world.host);
  if (violations.length > 0) throw invalidRequest(`change vm ${name}`, violations);
  const admission = admit(before, { verb: 'update', now: world.host.now() });
  if (admission.kind === 'deny') throw admission.error;
  const changed = world.store.change(before.uid, (vm) => ({ ...vm, spec: { ...vm.spec, ...change } })) ?? before;
  workers.wake(before.uid);
  if (isMoving(changed.status.state)) return changed;
  await workers.idle(before.uid);
  return applied(world.store.get(before.uid) ?? changed, change);
}

/** A field that is not what was asked for was taken back: the VM says why. */
function applied(vm: Vm, change: SpecChange): Vm {
  const takenBack = Object.entries(change).some(([field, value]) => vm.spec[field as keyof SpecChange] !== value);
  if (takenBack && vm.status.lastError) throw asBangerError(vm.status.lastError, vm.name);
  return vm;
}
