import { toBangerError } from '../../../lib/errors.js';
import { isKept, type Remain, type RemainPart, remainParts } from '../domain/trash.js';
import { atMost, type CleanUps } from './clean-up.js';
import type { KnownHosts } from './known-hosts.js';
import type { Burial } from './ports.js';
import { stepOptions } from './preparation.js';
import { runSteps } from './step.js';
import type { TrashKeeper } from './trash-keeper.js';
import type { Task } from './workers.js';
import type { World } from './world.js';

export interface RemovalContext {
  readonly world: World;
  readonly knownHosts: KnownHosts;
  readonly cleanUps: CleanUps;
  readonly keeper: TrashKeeper;
}

/**
 * DELETING: nothing of the VM stays but, for a while, its disks and its hold on the image that they fit, when it is kept in
 * the trash. The disks go last, so that a VM whose deletion fails is still whole.
 *
 * Peers that are away are waited for without end: the deletion goes on when they are back. A forced one ends all the same,
 * within the patience with peers: what could not be cleaned up is remembered, and done later by the keeper of the trash.
 */
export async function removeVm(context: RemovalContext, task: Task): Promise<void> {
  const { world, keeper, knownHosts } = context;
  const kept = isKept(task.vm, world.trashLimits);
  const parts = remainParts.filter((part) => !kept || part === 'hypervisor' || part === 'network');
  const remains = task.vm.status.removal?.forced ? await force(context, task, parts) : [];
  if (!task.vm.status.removal?.forced) await cleanAll(context, task, parts);
  const burial = await burialOf(world, task, kept, remains);
  task.signal.throwIfAborted();
  world.store.remove(task.vm.uid, burial);
  for (const { part, problem } of remains) task.log.warn({ part, problem }, 'could not clean up; it is done later');
  keeper.tidy();
  await knownHosts.refreshAtLast(task.signal);
}

async function cleanAll({ world, cleanUps }: RemovalContext, task: Task, parts: readonly RemainPart[]): Promise<void> {
  const { uid } = task.vm;
  const steps = parts.map((name) => ({ name, run: (signal: AbortSignal) => cleanUps[name](uid, signal) }));
  await runSteps(steps, stepOptions(world, task, Number.POSITIVE_INFINITY));
}

/** For the last things too, when those before have taken all the time. */
const leastMs = 5_000;

/** Cleans up what it can, and returns what it could not. */
async function force({ world, cleanUps }: RemovalContext, task: Task, parts: readonly RemainPart[]): Promise<Remain[]> {
  const { uid, name } = task.vm;
  const end = performance.now() + world.patience.peerMs;
  const remains: Remain[] = [];
  const leave = (part: RemainPart, problem: string) =>
    remains.push({ uid, name, part, since: world.host.now(), problem });
  for (const part of parts) {
    // Its address could be another's while it still sends from it.
    if (remains.some((remain) => remain.part === 'hypervisor')) {
      leave(part, 'its hypervisor has not ended yet');
      continue;
    }
    const leftMs = Math.max(end - performance.now(), Math.min(leastMs, world.patience.peerMs));
    const run = (signal: AbortSignal) => atMost(leftMs, part, signal, (either) => cleanUps[part](uid, either));
    try {
      await runSteps([{ name: part, run }], stepOptions(world, task, leftMs));
    } catch (error) {
      leave(part, toBangerError(error).message);
    }
  }
  return remains;
}

async function burialOf(world: World, { vm, log }: Task, kept: boolean, remains: readonly Remain[]): Promise<Burial> {
  if (!kept) return { remains };
  const bytes = await world.disks.allocated(vm.uid).catch((err) => {
    log.warn({ err }, 'could not see how large the disks of a deleted vm are');
    return 0;
  });
  const deletedAt = world.trash.countTime(world.host.boot());
  return { kept: { vm, deleteTime: world.host.now(), deletedAt, bytes }, remains };
}
