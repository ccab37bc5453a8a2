import { hostNotReady } from '../../../../lib/errors.js';
import { hypervisorTooOld } from '../../domain/errors.js';
import { type Body, type Command, endpoints } from './api.js';
import type { Endpoint } from './api-types.js';

/** A release of Firecracker. */
export interface FirecrackerVersion {
  readonly major: number;
  readonly minor: number;
  /** As the program says it, such as "1.17.0-dev". */
  readonly text: string;
}

/** The oldest release that has all that we rely on: it makes its log files itself, and has the balloon's reporting. */
export const oldest = '1.14';
/** The newest release that was looked at. Newer ones are used with a word in the log. */
const newestKnown = '1.17';

/** What `firecracker --version` prints, or what its API says: "Firecracker v1.16.1", "1.17.0-dev". */
export function parseVersion(output: string): FirecrackerVersion | undefined {
  const [, text = '', major, minor] = output.match(/^(?:Firecracker )?v?((\d+)\.(\d+)(?:\.[\w.-]+)?)\s*$/m) ?? [];
  return text === '' ? undefined : { text, major: Number(major), minor: Number(minor) };
}

/** The version, if we can work with it. `what` completes "cannot …". Fails with HYPERVISOR_TOO_OLD or HOST_NOT_READY. */
export function usableVersion(what: string, program: string, output: string): FirecrackerVersion {
  const version = parseVersion(output);
  if (version === undefined) {
    const description = `${program} does not say that it is one; install Firecracker ${oldest} or newer`;
    throw hostNotReady(what, [{ type: 'TOOL', subject: 'firecracker', description }]);
  }
  if (isTooOld(version)) throw hypervisorTooOld(what, program, version.text, oldest);
  return version;
}

/** Whether it lacks what we rely on. */
export function isTooOld(version: FirecrackerVersion): boolean {
  return order(version, oldest) < 0;
}

/** Whether it is newer than what this release of ours was made for. */
export function isNewerThanKnown(version: FirecrackerVersion): boolean {
  return order(version, newestKnown) > 0;
}

/** Whether it takes this field of a request. A development version counts as its release. */
export function hasField<C extends Command>(
  version: FirecrackerVersion,
  call: C,
  field: keyof Body<C> & string,
): boolean {
  const { body }: Endpoint = endpoints[call];
  const since = body?.[field]?.since;
  return since === undefined || order(version, since) >= 0;
}

/** Below 0 when the version is older, above when it is newer; patches do not count. */
function order(version: FirecrackerVersion, release: string): number {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return version.major - major || version.minor - minor;
}
