import { currentContext } from '../../../lib/context.js';
import { invalidRequest, isBangerError } from '../../../lib/errors.js';
import { notInTrash, vmNotEnded } from '../domain/errors.js';
import { nameViolation } from '../domain/spec.js';
import { entriesOf, restored, type TrashEntry } from '../domain/trash.js';
import { type Vm, withStatus } from '../domain/vm.js';
import { networkRequest } from './check-place.js';
import { checkNamesAreFree } from './names.js';
import { settle, type TrashContext, type WaitRequest } from './verbs.js';
import type { World } from './world.js';

export interface RestoreRequest extends WaitRequest {
  /** A name, for the one that was deleted last, or a uid. */
  readonly reference: string;
  /** Empty for the name that it had. */
  readonly newName: string;
}

/**
 * Brings a deleted VM back with its disks and keys, STOPPED. It is CREATING for as long as its place in the network is asked
 * for again: the former address when that is free. A VM of that uid that is there is what was asked for.
 */
export async function restoreVm(context: TrashContext, request: RestoreRequest): Promise<Vm> {
  const { world, workers, keeper } = context;
  const { reference, newName, signal } = request;
  const what = `restore vm ${reference || '(no name)'}`;
  const already = world.store.get(reference);
  if (already) return settle(context, already, 'stopped', request);
  const entry = entryOf(world, what, reference);
  const { uid } = entry.vm;
  const name = newName || entry.vm.name;
  const violation = nameViolation(name);
  if (violation) throw invalidRequest(what, [{ ...violation, field: 'new_name' }]);
  await keeper.clean(uid);
  checkCanReturn(world, restored(entry, name));
  const vm = await withPlace(world, restored(entry, name), signal);
  while (keeper.isAt(uid)) await keeper.clean(uid);
  // While we asked, it may have gone, or its name.
  entryOf(world, what, uid);
  checkCanReturn(world, vm);
  const back = world.store.restore({ ...vm, requestId: currentContext()?.requestId });
  workers.wake(uid);
  return settle(context, back, 'stopped', request);
}

function entryOf({ trash }: World, what: string, reference: string): TrashEntry {
  const [entry] = entriesOf(trash.list(), reference);
  if (entry === undefined) throw notInTrash(what, reference);
  return entry;
}

function checkCanReturn(world: World, { uid, name, spec }: Vm): void {
  checkNamesAreFree(world, 'restore', name, spec.aliases);
  const running = world.trash.remains(uid).find(({ part }) => part === 'hypervisor');
  if (running) throw vmNotEnded(name, running.problem);
}

/** Addresses that were asked for once and are another's by now are given up; ports of the host that are taken are not. */
async function withPlace(world: World, vm: Vm, signal: AbortSignal): Promise<Vm> {
  const { spec, name, uid } = vm;
  if (spec.policy.publishedPorts.length > 0) await world.networks.checkPolicy(name, spec.policy, signal);
  if (spec.ipv4Address === '' && spec.macAddress === '') return vm;
  try {
    await world.networks.checkPlace(networkRequest(vm), signal);
    return vm;
  } catch (error) {
    if (!isBangerError(error) || signal.aborted) throw error;
    // A netd that restarts is waited for by the worker.
    if (error.kind === 'unavailable') return vm;
    if (error.kind !== 'exists' && error.kind !== 'invalid') throw error;
    world.log.warn({ vm: name, uid, err: error }, 'a restored vm gets another address');
    const free = { ...vm, spec: { ...spec, ipv4Address: '', macAddress: '' } };
    return withStatus(free, {
      stateReason: `${vm.status.stateReason}, and its address is another's: it has a new one`,
    });
  }
}
