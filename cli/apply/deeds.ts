import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { Image, ImportKind } from '../../gen/banger/imaged/v1/image_service.js';
import { type Vm, VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { BangerError, isBangerError } from '../../lib/errors.js';
import { existsSync } from '../../lib/host/files.js';
import { followBuild } from '../build-progress.js';
import type { Context } from '../context.js';
import { reasons } from '../errors.js';
import { importSource } from '../import-source.js';
import { type VmFollower, waitDeadlineMs } from '../vm-progress.js';
import type { Perform, Undo } from './carry-out.js';
import type { CurrentVm } from './compare.js';
import type { WantedImage } from './file.js';
import { specOf, type VmShape } from './shape.js';
import type { Step } from './steps.js';

type VmClient = Awaited<ReturnType<Context['clients']['vmm']>>;
type Update = Extract<Step, { kind: 'update' }>;

/** Each step waits for its VM: how long that may take is vmm's to say. */
const deadlineMs = waitDeadlineMs;

/**
 * The steps over the services, and back. The signal ends what waits for a VM; what records something, or puts it back, is
 * never cut short: it is quick, and its outcome has to be known.
 */
export class Deeds {
  constructor(
    private readonly ctx: Context,
    /** The folder that the file's paths start from. */
    private readonly folder: string,
    /** Repeats a call that a restart of vmm cut short. */
    private readonly follower: Pick<VmFollower, 'persist'>,
  ) {}

  readonly perform: Perform = (step, undoable, signal) => this.#perform(step, undoable, signal);

  #perform(step: Step, undoable: (undo: Undo) => void, signal: AbortSignal): Promise<void> {
    switch (step.kind) {
      case 'make-image':
        return this.#makeImage(step.image, undoable, signal);
      case 'delete':
        return this.#delete(step.vm, undoable, signal);
      case 'create':
        return this.#create(step.name, step.goal, undoable, signal);
      case 'update':
        return this.#update(step, undoable);
      case 'start':
        undoable({ what: `vm ${step.name} runs`, run: () => this.#stop(step.name) });
        return this.#start(step.name, signal);
      case 'stop':
        undoable({ what: `vm ${step.name} is stopped`, run: () => this.#start(step.name) });
        return this.#stop(step.name, signal);
    }
  }

  async #makeImage(wanted: WantedImage, undoable: (undo: Undo) => void, signal: AbortSignal): Promise<void> {
    const { name } = wanted;
    const imaged = await this.ctx.clients.imaged();
    const { images: before } = await imaged.listImages({}, { signal });
    const made =
      wanted.how === 'recipe'
        ? await followBuild(this.ctx, `image ${name}`, imaged.buildImage(this.#recipe(wanted), { signal }))
        : await followBuild(this.ctx, `image ${name}`, imaged.importImage(this.#import(wanted), { signal }));
    const image = Image.fromPartial(made.value);
    // One that was there under its own name is returned by a build too.
    if (!before.some(({ names }) => names.includes(image.name))) {
      const run = async () => void (await imaged.deleteImage({ image: image.name }));
      undoable({ what: `image ${image.name} was made`, run });
    }
    if (image.name !== name) throw misnamed(wanted, image.name);
  }

  #recipe({ source }: WantedImage): { recipe: string; rebuild: boolean } {
    const isPath = source.includes('/') || source.endsWith('.toml');
    return { recipe: isPath ? resolve(this.folder, source) : source, rebuild: false };
  }

  #import({ name, source, kind }: WantedImage): { name: string; source: string; kind: ImportKind } {
    const kinds: Readonly<Record<string, ImportKind>> = {
      layout: ImportKind.LAYOUT,
      archive: ImportKind.ARCHIVE,
      registry: ImportKind.REGISTRY,
      export: ImportKind.EXPORT,
      disk: ImportKind.DISK,
    };
    const from = importSource(source, { cwd: this.folder, exists: existsSync });
    return { name, source: from, kind: kinds[kind] ?? ImportKind.UNSPECIFIED };
  }

  #vmm<T>(call: (vmm: VmClient) => Promise<T>): Promise<T> {
    return this.follower.persist(async () => call(await this.ctx.clients.vmm()));
  }

  async #create(name: string, goal: VmShape, undoable: (undo: Undo) => void, signal: AbortSignal): Promise<void> {
    const [requestId, noStart] = [randomUUID(), !goal.running];
    const request = { name, spec: specOf(goal), requestId, noStart, validateOnly: false };
    // Never cut short: whether it was recorded has to be known. The id makes a repeat return the first call's VM.
    const record = async () => (await this.#vmm((vmm) => vmm.createVm({ ...request, wait: false }))).vm?.uid ?? '';
    let made: string | undefined;
    const run = async () => this.#remove(name, made ?? (await record()));
    try {
      made = await record();
    } catch (error) {
      // What vmm itself has refused was not made, and what is there is another's.
      if (isUnanswered(error)) undoable({ what: `vm ${name} may have been created`, run });
      throw error;
    }
    undoable({ what: `vm ${name} was created`, run });
    await this.#vmm((vmm) => vmm.createVm({ ...request, wait: true }, { signal, deadlineMs }));
  }

  /** Removes a VM for good when it is the one that is meant. */
  async #remove(name: string, uid: string): Promise<void> {
    if ((await this.#find(name))?.uid !== uid) return;
    const request = { name, force: true, wait: true, purge: true };
    await this.#vmm((vmm) => vmm.deleteVm(request, { deadlineMs }).catch(absent));
  }

  async #find(name: string): Promise<Vm | undefined> {
    return (await this.#vmm((vmm) => vmm.getVm({ name }).catch(absent))).vm;
  }

  async #update({ name, request, back, lasting }: Update, undoable: (undo: Undo) => void): Promise<void> {
    const run = async () => {
      if (back) await this.#vmm((vmm) => vmm.updateVm(back, { deadlineMs }));
      if (lasting !== '') throw new BangerError('wrong-state', reasons.APPLY_ROLLED_BACK, lasting);
    };
    try {
      await this.#vmm((vmm) => vmm.updateVm(request, { deadlineMs }));
    } catch (error) {
      // What vmm refuses, it takes back itself.
      if (isUnanswered(error)) undoable({ what: `vm ${name} may have been changed`, run });
      throw error;
    }
    undoable({ what: `vm ${name} was changed`, run });
  }

  async #delete({ name, uid, shape }: CurrentVm, undoable: (undo: Undo) => void, signal: AbortSignal): Promise<void> {
    if (shape.running) {
      undoable({ what: `vm ${name} is stopped`, run: () => this.#start(name) });
      await this.#stop(name, signal);
    }
    undoable({ what: `vm ${name} is deleted`, run: () => this.#restore(name, uid) });
    const request = { name, force: false, wait: true, purge: false };
    await this.#vmm((vmm) => vmm.deleteVm(request, { deadlineMs }).catch(absent));
  }

  /** Also of a deletion that was not heard: then the VM is there. */
  async #restore(name: string, uid: string): Promise<void> {
    const vm = await this.#find(name);
    if (vm?.uid === uid && vm.status?.state !== VmState.DELETING) return;
    await this.#vmm((vmm) => vmm.restoreVm({ name: uid, newName: '', wait: true }, { deadlineMs }));
  }

  async #start(name: string, signal?: AbortSignal): Promise<void> {
    await this.#vmm((vmm) => vmm.startVm({ name, wait: true }, { signal, deadlineMs }));
  }

  async #stop(name: string, signal?: AbortSignal): Promise<void> {
    await this.#vmm((vmm) => vmm.stopVm({ name, wait: true, graceSeconds: 0 }, { signal, deadlineMs }));
  }
}

/** Whether nobody knows what came of a call. */
function isUnanswered(error: unknown): boolean {
  return !isBangerError(error) || error.kind === 'unavailable';
}

function absent(error: unknown): { vm?: undefined } {
  if (isBangerError(error) && error.kind === 'not-found') return {};
  throw error;
}

function misnamed({ name, source }: WantedImage, actual: string): BangerError {
  const message = `cannot make image ${name}: the recipe ${source} makes an image named ${actual}; write [images.${actual}] in the file`;
  return new BangerError('invalid', reasons.APPLY_FILE_INVALID, message, { metadata: { image: name, actual } });
}
