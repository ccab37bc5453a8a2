import { invalidRequest } from '../../../lib/errors.js';
import type { Vm } from '../domain/vm.js';
import type { VmStore } from './ports.js';
import { selectionOf } from './selection.js';
import type { World } from './world.js';

export type WatchEvent =
  | { readonly kind: 'upserted'; readonly revision: number; readonly vm: Vm }
  | { readonly kind: 'deleted'; readonly revision: number; readonly uid: string; readonly name: string }
  | { readonly kind: 'synced'; readonly revision: number };

export interface WatchRequest {
  /** Empty for all VMs. */
  readonly name: string;
  /** As in a list. */
  readonly selector: string;
}

/** Every VM, then `synced`, then each change, until the signal aborts. One that is not selected any more is `deleted`. */
export async function* watchVms(
  { store }: World,
  { name, selector }: WatchRequest,
  signal: AbortSignal,
): AsyncIterable<WatchEvent> {
  const { isSelected, violations } = selectionOf(selector);
  if (violations.length > 0) throw invalidRequest('watch vms', violations);
  const wanted = (other: string) => name === '' || other === name;
  const shown = new Shown(store, selector === '');
  // From the same moment as the snapshot, so that no change falls between the two.
  const changes = store.follow(signal);
  const revision = store.revision();
  for (const vm of store.list().filter((each) => wanted(each.name) && isSelected(each))) yield shown.add(vm);
  yield { kind: 'synced', revision };
  for await (const change of changes) {
    const vm = store.get(change.key);
    if (vm !== undefined && wanted(vm.name) && isSelected(vm)) {
      yield shown.add(vm);
      continue;
    }
    const gone = shown.take(change.key, vm);
    if (gone !== undefined && wanted(gone)) {
      yield { kind: 'deleted', revision: change.revision, uid: change.key, name: gone };
    }
  }
}

/** What a watch has shown, so that it can say what of it is gone. */
class Shown {
  /** Of what a selector chose: what is removed cannot be asked for its labels. */
  readonly #names = new Map<string, string>();

  constructor(
    private readonly store: VmStore,
    private readonly everything: boolean,
  ) {}

  add(vm: Vm): WatchEvent {
    if (!this.everything) this.#names.set(vm.uid, vm.name);
    return { kind: 'upserted', revision: vm.revision, vm };
  }

  /** The name under which a VM is gone; undefined when nobody was shown it. `now` is what there is of it. */
  take(uid: string, now: Vm | undefined): string | undefined {
    const name = this.#names.get(uid);
    if (!this.everything) return this.#names.delete(uid) ? name : undefined;
    // Removed; or removed and restored under another name, in one go for a slow reader.
    const removed = this.store.nameOfRemoved(uid);
    return removed === now?.name ? undefined : removed;
  }
}
