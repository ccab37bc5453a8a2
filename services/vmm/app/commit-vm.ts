import { unlessAborted } from '../../../lib/clock.js';
import { vmChanged, wrongState } from '../domain/errors.js';
import { guestDataPaths } from '../domain/guest-data.js';
import { personalPaths } from '../domain/seed.js';
import type { Vm } from '../domain/vm.js';
import { loginOf } from './login.js';
import { pauseVm } from './pause-vm.js';
import type { MadeImage } from './ports.js';
import { applyVerb, requireVm, type VerbContext } from './verbs.js';
import type { World } from './world.js';

/** What somebody hears who waits for an image. */
export type ImageEvent = { readonly step: string } | { readonly image: MadeImage };

export interface CommitRequest {
  /** The VM's name. */
  readonly name: string;
  /** The name that the image gets. */
  readonly image: string;
  /** What made the changes, for people. */
  readonly source: string;
  /** The digest of what made them; empty when a repeat would not give the same. */
  readonly inputDigest: string;
}

/**
 * Makes an image of what a VM has changed on its own. One that runs stands still while its disk is copied, which takes
 * as long as its changes are large. What belongs to one machine, its keys above all, does not go into the image.
 */
export async function* commitVm(
  context: VerbContext,
  request: CommitRequest,
  signal: AbortSignal,
): AsyncIterable<ImageEvent> {
  const { world } = context;
  const vm = requireVm(world, request.name);
  checkState(vm);
  const layer = await world.layers.create();
  try {
    yield { step: 'copy the disk' };
    await copyDisk(context, vm, layer, signal);
    yield { step: 'remove what belongs to one machine' };
    await world.layers.finish(layer, vm, [...personalPaths, ...guestDataPaths(vm.spec)], signal);
    yield { step: 'store the image' };
    const { image, source, inputDigest } = request;
    const made = { image, parent: originOf(vm), path: layer, source, inputDigest };
    yield { image: await world.images.addLayer(made, signal) };
  } finally {
    await world.layers.discard(layer);
  }
}

function checkState({ name, status }: Vm): void {
  if (status.state === 'STOPPED' || status.state === 'RUNNING' || status.state === 'PAUSED') return;
  throw wrongState(`make an image of vm ${name}`, status.state, 'it must be stopped, running or paused');
}

/** A VM that is stopped has been prepared once, for otherwise it would be on its way or have failed. */
function originOf({ name, status }: Vm): string {
  if (status.origin === undefined) throw new Error(`vm ${name} is settled and has no image`);
  return status.origin.digest;
}

async function copyDisk(context: VerbContext, vm: Vm, layer: string, signal: AbortSignal): Promise<void> {
  if (vm.status.state !== 'RUNNING') return copyStill(context.world, vm, layer, signal);
  await writeOut(context.world, vm, signal);
  const paused = await pauseVm(context, vm.name, { wait: true, signal });
  try {
    await copyStill(context.world, paused, layer, signal);
  } finally {
    // Somebody may have stopped or deleted it meanwhile: then there is nothing to let go on.
    if (requireVm(context.world, vm.name).status.state === 'PAUSED') applyVerb(context, vm.name, { verb: 'resume' });
  }
}

/** Has the guest write what it holds in its memory to its disks. */
async function writeOut({ guests }: World, vm: Vm, signal: AbortSignal): Promise<void> {
  const login = loginOf(vm);
  if (login) await guests.run(login, ['sync'], signal);
}

/** Copies the disk of a VM that does nothing. Fails with VM_CHANGED when it did not stay so. */
async function copyStill({ store, layers }: World, vm: Vm, layer: string, signal: AbortSignal): Promise<void> {
  await unlessAborted(layers.copy(vm, layer, signal), signal);
  const now = store.get(vm.uid);
  if (now?.revision !== vm.revision) throw vmChanged(vm.name);
}
