import { toBangerError } from './errors.js';

/** What a service finds when it holds the host against its record, in the words of `banger doctor --fix`. */

export const discrepancyKinds = [
  'PROCESS',
  'FOLDER',
  'JAIL',
  'CGROUP',
  'VM',
  'REMAINS',
  'ATTACHMENT',
  'LEASE',
  'TAP',
  'NETWORK',
  'OBJECT',
  'JOURNAL',
] as const;
type DiscrepancyKind = (typeof discrepancyKinds)[number];

/** Something that should not be so. */
interface Found {
  readonly kind: DiscrepancyKind;
  /** Which one, such as a path or the name of a tap. */
  readonly subject: string;
  /** What is wrong with it, without a full stop. */
  readonly found: string;
  /** What a repair does, or what to do by hand where there is none. */
  readonly remedy: string;
}

/** One that can be mended by itself, or with others: several may have the same way. Rejects when it could not be. */
export interface Mendable extends Found {
  readonly mend?: () => Promise<void>;
}

export interface Discrepancy extends Found {
  readonly state: 'found' | 'repaired' | 'failed';
  /** Why it could not be mended; otherwise empty. */
  readonly failure: string;
}

/** Looks, and changes nothing. */
export type Look = () => Promise<readonly Mendable[]>;

/** Looks, and with `repair` mends. */
export type Reconcile = (repair: boolean) => Promise<readonly Discrepancy[]>;

/** Of a service that keeps nothing on the host. */
export const keepsNothing: Reconcile = async () => [];

/** Two looks at once after the other: what goes away by itself was somebody's work, and is no discrepancy. */
export function seenTwice(look: Look): Look {
  return async () => {
    const first = await look();
    if (first.length === 0) return [];
    return (await look()).filter((found) => first.some((before) => isSame(before, found)));
  };
}

/**
 * Mends what a look finds, one after the other; each way is gone once, and another look tells what is there all the same.
 * What cannot be mended keeps no other from it.
 */
export function reconcileBy(look: Look): Reconcile {
  return async (repair) => {
    const found = await look();
    if (!repair || found.length === 0) return found.map((each) => ({ ...told(each), state: 'found', failure: '' }));
    const ways = new Map<() => Promise<void>, string>();
    for (const { mend } of found) if (mend && !ways.has(mend)) ways.set(mend, await failureOf(mend));
    const left = await look();
    return found.map((each) => {
      const failure = failureAfter(each, ways, left);
      return { ...told(each), state: failure === '' ? 'repaired' : 'failed', failure };
    });
  };
}

function told({ kind, subject, found, remedy }: Mendable): Found {
  return { kind, subject, found, remedy };
}

function failureAfter(
  found: Mendable,
  ways: ReadonlyMap<() => Promise<void>, string>,
  left: readonly Mendable[],
): string {
  if (!found.mend) return 'it has to be done by hand';
  const failure = ways.get(found.mend) ?? '';
  if (failure !== '') return failure;
  const still = left.find((other) => isSame(other, found));
  return still ? `it is still there: ${still.found}` : '';
}

function isSame(one: Found, other: Found): boolean {
  return one.kind === other.kind && one.subject === other.subject;
}

/** Empty when it succeeds. */
async function failureOf(mend: () => Promise<void>): Promise<string> {
  return mend().then(
    () => '',
    (error: unknown) => toBangerError(error).message,
  );
}
