import { about } from '../../../lib/context.js';
import { type Look, type Mendable, seenTwice } from '../../../lib/discrepancy.js';
import { isBangerError } from '../../../lib/errors.js';
import type { FoundMachine, Traces } from '../domain/traces.js';
import { type RemainPart, remainName } from '../domain/trash.js';
import { isUid, type Vm, type VmState } from '../domain/vm.js';
import type { Machines } from './machines.js';
import type { Recovery } from './recovery.js';
import { endStray, isStray, removeStrayDisks } from './strays.js';
import type { TrashKeeper } from './trash-keeper.js';
import type { Workers } from './workers.js';
import type { World } from './world.js';

export interface DiscrepancyContext {
  readonly world: World;
  readonly machines: Machines;
  readonly workers: Workers;
  readonly keeper: TrashKeeper;
  readonly recovery: Recovery;
}

/**
 * What is on the host, or held by the peers, for VMs that do not exist; what is left of those that are gone; and VMs that
 * are not as the record says. What workers and the keeper are at is theirs. The host is looked at before the record: what
 * was made for a VM that exists is then never taken for a stray. One that ends meanwhile may be, hence the second look.
 */
export function lookForDiscrepancies(context: DiscrepancyContext): Look {
  return seenTwice(async () => {
    const { world } = context;
    const [traces, disks, attached, holders] = await Promise.all([
      world.hypervisors.look(),
      world.disks.list(),
      ofPeer(world, 'netd', () => world.networks.list()),
      ofPeer(world, 'imaged', () => world.images.holders()),
    ]);
    return [
      ...processes(context, traces),
      ...leftovers(context, traces),
      ...vms(context, traces),
      ...remains(context),
      ...disks.filter((uid) => isFree(context, uid, 'disk')).map((uid) => strayDisks(context, uid)),
      ...attached
        .filter(({ uid }) => isUid(uid) && isFree(context, uid, 'network'))
        .map(({ uid, name, tap }) => held(context, uid, 'network', `of ${name} (${uid}), on ${tap}`)),
      ...holders
        .filter((uid) => isUid(uid) && isFree(context, uid, 'image'))
        .map((uid) => held(context, uid, 'image', `of ${uid}`)),
    ];
  });
}

/** A peer that is away tells nothing, and is no discrepancy: whoever asks sees that it is away. */
async function ofPeer<T>({ log }: World, peer: string, look: () => Promise<readonly T[]>): Promise<readonly T[]> {
  return look().catch((err: unknown) => {
    if (!isBangerError(err) || err.kind !== 'unavailable') throw err;
    log.warn({ err, peer }, 'could not look what is held for vms that do not exist');
    return [];
  });
}

function isFree({ world, keeper }: DiscrepancyContext, uid: string, part: RemainPart): boolean {
  return isStray(world, uid, part) && !keeper.isAt(uid);
}

/** Looks again before it touches anything, with nothing in between. */
function unlessTaken(
  context: DiscrepancyContext,
  uid: string,
  part: RemainPart,
  work: () => Promise<void>,
): () => Promise<void> {
  return async () => {
    if (isFree(context, uid, part)) await about(uid, work);
  };
}

const belongsToNobody = 'belongs to a VM that does not exist';

function processes(context: DiscrepancyContext, { machines }: Traces): Mendable[] {
  const strays = machines.filter(({ uid }) => isFree(context, uid, 'hypervisor'));
  return strays.map((stray) => ({
    kind: 'PROCESS',
    subject: `${stray.kind} ${stray.process.pid} of ${stray.uid}`,
    found: belongsToNobody,
    remedy: 'end it',
    mend: unlessTaken(context, stray.uid, 'hypervisor', () => endStray(context.world, stray)),
  }));
}

/** Of VMs that exist too: nothing of a hypervisor outlives it. All are cleared away by the sweep that every look at them is. */
function leftovers(context: DiscrepancyContext, traces: Traces): Mendable[] {
  const mend = async () => void (await context.world.hypervisors.find());
  return traces.leftovers
    .filter(({ uid }) => isAtRest(context, uid))
    .map(({ kind, subject }) => ({ kind, subject, found: 'was left by a hypervisor', remedy: 'remove it', mend }));
}

const runningStates: readonly VmState[] = ['RUNNING', 'PAUSED'];
const restingStates: readonly VmState[] = ['STOPPED', 'FAILED'];

function isAtRest({ world, keeper, workers, machines }: DiscrepancyContext, uid: string): boolean {
  const vm = world.store.get(uid);
  if (vm === undefined) return !keeper.isAt(uid);
  return restingStates.includes(vm.status.state) && !workers.isAt(uid) && machines.get(uid) === undefined;
}

/** Those that run and are not followed, and those that should run and do not. */
function vms(context: DiscrepancyContext, traces: Traces): Mendable[] {
  const processOf = new Map(traces.machines.map((machine) => [machine.uid, machine]));
  return context.world.store.list().flatMap((vm) => {
    const process = processOf.get(vm.uid);
    const wrong = wrongWith(context, vm, process);
    if (wrong === undefined) return [];
    return [
      {
        kind: 'VM',
        subject: vm.name,
        found: wrong,
        remedy: 'recover it, as at the start of vmm',
        mend: () => recover(context, vm.uid, process),
      },
    ];
  });
}

function wrongWith(
  { workers, machines }: DiscrepancyContext,
  { uid, status }: Vm,
  process: FoundMachine | undefined,
): string | undefined {
  if (workers.isAt(uid) || machines.get(uid) !== undefined) return undefined;
  if (runningStates.includes(status.state)) return `is ${status.state}, and no hypervisor of it is followed`;
  if (process && restingStates.includes(status.state))
    return `is ${status.state}, and process ${process.process.pid} runs it`;
  return undefined;
}

async function recover(context: DiscrepancyContext, uid: string, process: FoundMachine | undefined): Promise<void> {
  const { world, recovery, workers } = context;
  const vm = world.store.get(uid);
  if (vm === undefined || wrongWith(context, vm, process) === undefined) return;
  await about(uid, () => recovery.begin(vm, process));
  workers.wake(uid);
  await workers.idle(uid);
}

/** Those of one VM go together, in their order. */
function remains({ world, keeper }: DiscrepancyContext): Mendable[] {
  const all = world.trash.remains().filter(({ uid }) => !keeper.isAt(uid));
  const ways = new Map(all.map(({ uid }) => [uid, () => keeper.clean(uid)] as const));
  return all.map(({ uid, name, part, problem }) => ({
    kind: 'REMAINS',
    subject: `${remainName(part)}, of the deleted vm ${name} (${uid})`,
    found: problem || 'could not be cleaned up yet',
    remedy: 'clean it up',
    ...(ways.get(uid) && { mend: ways.get(uid) }),
  }));
}

function strayDisks(context: DiscrepancyContext, uid: string): Mendable {
  return {
    kind: 'FOLDER',
    subject: `disks of ${uid}`,
    found: belongsToNobody,
    remedy: 'remove them',
    mend: unlessTaken(context, uid, 'disk', () => removeStrayDisks(context.world, uid)),
  };
}

function held(context: DiscrepancyContext, uid: string, part: 'network' | 'image', subject: string): Mendable {
  const { images, networks } = context.world;
  const [kind, port] = part === 'network' ? (['ATTACHMENT', networks] as const) : (['LEASE', images] as const);
  const mend = unlessTaken(context, uid, part, () => port.release(uid));
  return { kind, subject, found: belongsToNobody, remedy: 'release it', mend };
}
