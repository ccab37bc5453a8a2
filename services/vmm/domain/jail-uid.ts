import type { Vm } from './vm.js';

/** The VM's own jail user, or the lowest from `first` on that no other VM has. */
export function jailUidFor(
  vm: Pick<Vm, 'uid' | 'status'>,
  all: readonly Pick<Vm, 'uid' | 'status'>[],
  first: number,
): number {
  if (vm.status.jailUid !== undefined) return vm.status.jailUid;
  const taken = new Set(all.map((other) => other.status.jailUid));
  let free = first;
  while (taken.has(free)) free++;
  return free;
}
