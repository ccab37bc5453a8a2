import { bundleReasons } from '../../../lib/bundle/errors.js';
import { openBundle } from '../../../lib/bundle/read.js';
import { isBangerError } from '../../../lib/errors.js';
import type { Log } from '../../../lib/log.js';
import type { RuntimeDecision } from '../../../lib/runtime.js';

/** By name or path. */
export type Programs = Readonly<Record<'firecracker' | 'jailer' | 'qemu', string>>;

/**
 * The programs that VMs are run by: those that the configuration names, then those of the runtime bundle, then those on
 * the PATH. A bundle that cannot be used is logged, and is as good as none: QEMU may do.
 */
export async function programsHere(
  { firecracker, jailer, qemu }: Programs,
  place: RuntimeDecision,
  log: Log,
): Promise<Programs> {
  const programs = { firecracker, jailer, qemu };
  const bundle = await openBundle(place.path, place.source).catch((error) => {
    if (!isBangerError(error)) throw error;
    if (error.reason !== bundleReasons.BUNDLE_MISSING) log.error({ reason: error.reason }, error.message);
    return undefined;
  });
  const named = (name: 'firecracker' | 'jailer') => (programs[name] === name ? bundle?.programs[name] : undefined);
  return {
    firecracker: named('firecracker') ?? firecracker,
    // The jailer of the release that the Firecracker is of.
    jailer: named('jailer') ?? jailer,
    qemu,
  };
}
