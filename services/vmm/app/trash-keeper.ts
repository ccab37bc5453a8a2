import { about, ofOwnAccord } from '../../../lib/context.js';
import { toBangerError } from '../../../lib/errors.js';
import { dueToGo, type Remain } from '../domain/trash.js';
import { atMost, type CleanUps } from './clean-up.js';
import type { World } from './world.js';

/** How often it is looked what has to go, and what could not be cleaned up is tried again. */
const everyMs = 60_000;
/** How long one attempt at one thing may take. */
const attemptMs = 60_000;

/**
 * Sees to it that deleted VMs go when their time has come or room is needed, and that what is left of those that are gone
 * is cleaned up, however often it takes. It alone touches the host for a VM that the store of VMs does not hold.
 */
export class TrashKeeper {
  readonly #cleaning = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #rounds: NodeJS.Timeout | undefined;

  constructor(
    private readonly world: World,
    private readonly cleanUps: CleanUps,
  ) {}

  /** Goes its rounds until it is stopped. */
  start(): void {
    this.tidy();
    // It keeps no process alive: the service lives for its callers.
    this.#rounds = setInterval(() => this.tidy(), everyMs).unref();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the service is stopping'));
    clearInterval(this.#rounds);
    await Promise.all(this.#cleaning.values());
  }

  /** Lets go of what has to go, and cleans up in the background. */
  tidy(): void {
    const { trash, host, log, trashLimits } = this.world;
    try {
      const due = dueToGo(trash.list(), trashLimits, trash.countTime(host.boot()));
      for (const { vm, bytes } of due) {
        log.info({ vm: vm.name, uid: vm.uid, bytes }, 'a deleted vm is kept no longer');
        trash.giveUp(vm.uid);
      }
      for (const uid of new Set(trash.remains().map((remain) => remain.uid))) void this.clean(uid);
    } catch (err) {
      log.error({ err }, 'could not look after the trash; trying again');
    }
  }

  /** Resolves when an attempt has been made at everything that is left of a VM; never rejects. */
  clean(uid: string): Promise<void> {
    const current = this.#cleaning.get(uid);
    if (current) return current;
    const attempt = ofOwnAccord('clean-up', () => about(uid, () => this.#cleanUp(uid)))
      .catch((err) => this.world.log.error({ uid, err }, 'could not record what was cleaned up; trying again'))
      .finally(() => this.#cleaning.delete(uid));
    this.#cleaning.set(uid, attempt);
    return attempt;
  }

  /** Whether something is being done for this VM just now. */
  isAt(uid: string): boolean {
    return this.#cleaning.has(uid);
  }

  async #cleanUp(uid: string): Promise<void> {
    for (const remain of this.world.trash.remains(uid)) {
      const done = await this.#attempt(remain);
      // Nothing is taken from under a hypervisor that still runs.
      if (!done && remain.part === 'hypervisor') break;
    }
  }

  async #attempt({ uid, name, part, problem }: Remain): Promise<boolean> {
    const { trash, log } = this.world;
    const { signal } = this.#stopping;
    try {
      await atMost(attemptMs, part, signal, (either) => this.cleanUps[part](uid, either));
    } catch (error) {
      const { message } = toBangerError(error);
      if (signal.aborted || message === problem) return false;
      log.warn({ vm: name, uid, part, err: error }, 'could not clean up after a deleted vm; trying again');
      trash.noteProblem(uid, part, message);
      return false;
    }
    trash.cleaned(uid, part);
    log.info({ vm: name, uid, part }, 'cleaned up after a deleted vm');
    return true;
  }
}
