import { type FieldViolation, invalidRequest } from '../../../lib/errors.js';
import type { Purpose } from '../../../lib/finding.js';
import { admit } from '../domain/admission.js';
import { changedLabels, type LabelChange } from '../domain/label-change.js';
import { asBangerError } from '../domain/moves.js';
import { changedPolicy, type PolicyChange, unpublishViolations } from '../domain/policy-change.js';
import { changeViolations, hypervisorWish, type SpecChange } from '../domain/spec.js';
import { isMoving, type Vm, type VmSpec } from '../domain/vm.js';
import { checkAliasesAreFree } from './aliases.js';
import { forwards, type HostNeeds, requireHost } from './check-host.js';
import type { KnownHosts } from './known-hosts.js';
import { asRequested, requireVm, type VerbContext } from './verbs.js';
import type { World } from './world.js';

export interface ChangeRequest {
  readonly name: string;
  readonly change: SpecChange;
  /** Absent when the policy stays. */
  readonly policy?: PolicyChange;
  /** Absent when the labels stay. */
  readonly labels?: LabelChange;
  /** What was wrong already as the request was read. */
  readonly violations: readonly FieldViolation[];
}

export interface UpdateContext extends VerbContext {
  readonly knownHosts: KnownHosts;
}

/**
 * Changes what a VM shall be, and returns when what can be applied to it now has been. A change that the host refuses is
 * taken back and fails; while a VM is on the move, changes are only recorded, and applied when it has settled.
 */
export async function updateVm({ world, workers, knownHosts }: UpdateContext, request: ChangeRequest): Promise<Vm> {
  const asked = admitted(world, request);
  await requireHost(world, `change vm ${request.name}`, needsOf(asked.spec, wholeChange(asked.spec, request)));
  // It may have changed while we asked.
  const before = admitted(world, request);
  const change = wholeChange(before.spec, request);
  const changed =
    world.store.change(before.uid, (vm) => asRequested({ ...vm, spec: { ...vm.spec, ...change } })) ?? before;
  workers.wake(before.uid);
  // ssh knows a VM by its aliases too; a repeat of the call writes what a full disk has kept from it.
  if (change.aliases) await knownHosts.refresh();
  if (isMoving(changed.status.state)) return changed;
  await workers.idle(before.uid);
  return applied(world.store.get(before.uid) ?? changed, change);
}

/** The VM, when this may be changed of it now. */
function admitted(world: World, request: ChangeRequest): Vm {
  const { name, policy, violations: read } = request;
  const vm = requireVm(world, name);
  const change = wholeChange(vm.spec, request);
  const unpublish = policy ? unpublishViolations(vm.spec.policy, policy) : [];
  const violations = [...changeViolations(vm.spec, change, world.host), ...unpublish, ...read];
  if (violations.length > 0) throw invalidRequest(`change vm ${name}`, violations);
  const admission = admit(vm, { verb: 'update', now: world.host.now() });
  if (admission.kind === 'deny') throw admission.error;
  checkAliasesAreFree(world, `change vm ${name}`, name, change.aliases ?? []);
  return vm;
}

/** With the policy and the labels that come of the VM's own. */
function wholeChange(spec: VmSpec, { change, policy, labels }: ChangeRequest): SpecChange {
  return {
    ...change,
    ...(policy && { policy: changedPolicy(spec.policy, policy) }),
    ...(labels && { labels: changedLabels(spec.labels, labels) }),
  };
}

/** What a change takes of the host, of which the VM did not take it before. */
function needsOf(spec: VmSpec, change: SpecChange): HostNeeds {
  const changed = { ...spec, ...change };
  const purposes: Purpose[] = [];
  if (forwards(changed) && !forwards(spec)) purposes.push('nat');
  if (changed.workDiskMib !== spec.workDiskMib) purposes.push('work-disk-resize');
  const wish = hypervisorWish(changed);
  return { purposes, ...(wish !== hypervisorWish(spec) && { wish }) };
}

/** A field that is not what was asked for was taken back: the VM says why. */
function applied(vm: Vm, change: SpecChange): Vm {
  const takenBack = Object.entries(change).some(
    ([field, value]) => JSON.stringify(vm.spec[field as keyof SpecChange]) !== JSON.stringify(value),
  );
  if (takenBack && vm.status.lastError) throw asBangerError(vm.status.lastError, vm.name);
  return vm;
}
