import type { ManifestOf, ObjectKind, Stored } from '../domain/image.js';
import type { Library } from './library.js';
import type { Job, Preflight } from './ports.js';

export interface Search<K extends ObjectKind, Inputs> {
  readonly kind: K;
  /** How it would be made; as its kind usually is, unless given. */
  readonly job?: Job;
  /** Whether an object may be the answer when its inputs are the same. */
  isCandidate(stored: Stored<ManifestOf<K>>): boolean;
  /** What a build would start from today. */
  findInputs(): Promise<Inputs>;
}

/** The inputs of a build, and the object that was made of the same ones. */
export interface Found<K extends ObjectKind, Inputs> {
  readonly inputs: Inputs;
  readonly stored: Stored<ManifestOf<K>> | undefined;
}

/**
 * Looks for what an earlier build has made of the same inputs. Fails with HOST_NOT_READY when there is something to
 * build and the host lacks what that takes: at once when nothing can be the answer, and never when something is.
 */
export async function findStored<K extends ObjectKind, Inputs extends { readonly digest: string }>(
  { library, preflight }: { readonly library: Library; readonly preflight: Preflight },
  { kind, job = kind, isCandidate, findInputs }: Search<K, Inputs>,
): Promise<Found<K, Inputs>> {
  const candidates = async () => (await library.list(kind)).filter(isCandidate);
  if ((await candidates()).length === 0) await preflight.check(job);
  const inputs = await findInputs().catch(async (error: unknown) => {
    // A program that is not there made it fail: all that is missing says more.
    await preflight.check(job);
    throw error;
  });
  const stored = (await candidates()).find(({ provenance }) => provenance.inputDigest === inputs.digest);
  if (!stored) await preflight.check(job);
  return { inputs, stored };
}
