/** Looks up what a module depends on; undefined when the kernel has no such module, for it is built in. */
export type DependenciesOf = (module: string) => readonly string[] | undefined;

/**
 * The order in which to load `wanted` and all they depend on: each module once, after its dependencies. Modules that
 * are built in are left out.
 */
export function loadOrder(wanted: readonly string[], dependenciesOf: DependenciesOf): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (module: string) => {
    if (seen.has(module)) return;
    seen.add(module);
    const dependencies = dependenciesOf(module);
    if (dependencies === undefined) return;
    dependencies.forEach(visit);
    order.push(module);
  };
  wanted.forEach(visit);
  return order;
}
