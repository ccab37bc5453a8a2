import { type FieldViolation, invalidRequest } from '../../../lib/errors.js';
import { requestIdReused } from '../domain/errors.js';
import { concealed } from '../domain/guest-data.js';
import { nameViolation, requestIdViolation, specViolations, withDefaults } from '../domain/spec.js';
import { newVm, type Tie, type TieEnd, type Vm, type VmSpec } from '../domain/vm.js';
import { needsOfStart, requireHost } from './check-host.js';
import { checkPlace } from './check-place.js';
import { checkNamesAreFree } from './names.js';
import type { CreateRequest } from './ports.js';
import { type TieContext, tieToCaller } from './ties.js';
import { asRequested, settle, type WaitRequest } from './verbs.js';
import type { World } from './world.js';

export interface NewVmRequest extends WaitRequest {
  readonly name: string;
  readonly spec: VmSpec;
  /** What was wrong already as the request was read. */
  readonly violations: readonly FieldViolation[];
  /** Empty when the caller will not repeat the call. */
  readonly requestId: string;
  readonly start: boolean;
  readonly validateOnly: boolean;
  /** Removed when the service starts: only there while something is done with it. */
  readonly temporary?: true;
  /** Ties its life to the caller's. */
  readonly tie?: TieEnd | undefined;
}

/** Records a VM, whose worker then makes and starts it. A repeat with the same request id returns the first one's VM. */
export async function createVm(context: TieContext, request: NewVmRequest): Promise<Vm> {
  const { world, workers, ties } = context;
  const tie = tieToCaller(world, `create vm ${request.name}`, request.tie);
  const spec = withDefaults(request.spec);
  checkFields(world, request, spec);
  const recorded = recall(world, request, spec) ?? (await record(world, request, spec, tie));
  if (request.validateOnly) return recorded;
  ties.follow(recorded);
  workers.wake(recorded.uid);
  return settle(context, recorded, request.start ? 'running' : 'stopped', request);
}

function checkFields(world: World, { name, requestId, violations: read }: NewVmRequest, spec: VmSpec): void {
  const own = [nameViolation(name), requestIdViolation(requestId)].filter((violation) => violation !== undefined);
  const violations = [...own, ...specViolations(spec, world.host, 'spec.'), ...read];
  if (violations.length > 0) throw invalidRequest(`create vm ${name || '(no name)'}`, violations);
}

/** The VM of an earlier call with this request id. */
function recall(world: World, request: NewVmRequest, spec: VmSpec): Vm | undefined {
  if (request.requestId === '') return undefined;
  const remembered = world.store.findRequest(request.requestId);
  if (remembered === undefined) return undefined;
  if (remembered.body !== bodyOf(request, spec)) {
    throw requestIdReused(request.requestId, 'it was used for another request');
  }
  const vm = world.store.get(remembered.uid);
  if (vm === undefined) throw requestIdReused(request.requestId, 'the vm that it created has been deleted');
  return vm;
}

async function record(world: World, request: NewVmRequest, spec: VmSpec, tie: Tie | undefined): Promise<Vm> {
  const { name, start, requestId, signal, temporary } = request;
  checkNamesAreFree(world, 'create', name, spec.aliases);
  await requireHost(world, `create vm ${name}`, needsOfStart({ spec }), signal);
  await world.images.check(spec.image, spec.kernel, signal);
  const vm = newVm({
    uid: world.host.newUid(),
    name,
    spec,
    start,
    now: world.host.now(),
    temporary,
    ...(tie && { tie }),
  });
  await checkPlace(world, vm, signal);
  if (spec.policy.publishedPorts.length > 0) await world.networks.checkPolicy(name, spec.policy, signal);
  // Another call with the same request id may have come while we asked.
  const twin = recall(world, request, spec);
  if (twin) return twin;
  checkNamesAreFree(world, 'create', name, spec.aliases);
  if (request.validateOnly) return vm;
  const memory: CreateRequest | undefined = requestId ? { id: requestId, body: bodyOf(request, spec) } : undefined;
  return world.store.insert(asRequested(vm), memory);
}

/** What makes two calls the same: what they ask for, not how they wait for it. Secrets are not written down with it. */
function bodyOf({ name, start }: NewVmRequest, spec: VmSpec): string {
  const told = { ...spec, ...concealed(spec) };
  return JSON.stringify([name, start, Object.entries(told).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
