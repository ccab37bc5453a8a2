import type { Vm } from '../domain/vm.js';
import type { World } from './world.js';

export type WatchEvent =
  | { readonly kind: 'upserted'; readonly revision: number; readonly vm: Vm }
  | { readonly kind: 'deleted'; readonly revision: number; readonly uid: string; readonly name: string }
  | { readonly kind: 'synced'; readonly revision: number };

/** Every VM, then `synced`, then each change, until the signal aborts. `name` empty for all VMs. */
export async function* watchVms({ store }: World, name: string, signal: AbortSignal): AsyncIterable<WatchEvent> {
  const wanted = (other: string) => name === '' || other === name;
  // From the same moment as the snapshot, so that no change falls between the two.
  const changes = store.follow(signal);
  const revision = store.revision();
  for (const vm of store.list().filter((each) => wanted(each.name))) {
    yield { kind: 'upserted', revision: vm.revision, vm };
  }
  yield { kind: 'synced', revision };
  for await (const change of changes) {
    const vm = store.get(change.key);
    if (vm !== undefined && wanted(vm.name)) {
      yield { kind: 'upserted', revision: vm.revision, vm };
      continue;
    }
    // Removed; or removed and restored under another name, in one go for a slow reader.
    const removed = store.nameOfRemoved(change.key);
    if (removed !== undefined && removed !== vm?.name && wanted(removed)) {
      yield { kind: 'deleted', revision: change.revision, uid: change.key, name: removed };
    }
  }
}
