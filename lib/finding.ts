import type { Precondition } from './errors.js';

/** What a look at this host has found out. Commands that it keeps from their goal, and `banger doctor`, say the same. */

/** What somebody wants to do; proto/banger/host/v1 tells each. */
export const purposes = [
  'vm-start',
  'nat',
  'work-disk-resize',
  'image-build',
  'image-import',
  'kernel-build',
  'ssh',
  'bundle',
  'dns',
] as const;
export type Purpose = (typeof purposes)[number];

/** From good to bad. A warning: the purpose can be met, but worse than it could be. An error: it cannot be met. */
export const severities = ['ok', 'warning', 'error'] as const;
export type Severity = (typeof severities)[number];

/** One thing that is needed, and what is there of it. */
export interface Observation {
  readonly severity: Severity;
  readonly type: Precondition['type'];
  /** What is needed, such as "mke2fs". */
  readonly subject: string;
  /** What is there, without a full stop. */
  readonly found: string;
  /** What to do; empty only when the severity is ok. */
  readonly remedy: string;
}

export interface HostFinding extends Observation {
  readonly purpose: Purpose;
}

/** Looks whether the host has what some purposes need; starts and changes nothing. Other purposes have no findings. */
export type CheckHost = (wanted: readonly Purpose[]) => Promise<readonly HostFinding[]>;

/** A way to look for each purpose that somebody can tell about. */
export type Looks = Readonly<Partial<Record<Purpose, () => Promise<readonly Observation[]>>>>;

/** Looks for the wanted purposes at once; the findings are in the order of the purposes. */
export async function findAll(looks: Looks, wanted: readonly Purpose[]): Promise<HostFinding[]> {
  const asked = purposes.filter((purpose) => wanted.includes(purpose));
  const found = asked.map(async (purpose) => {
    const observations = (await looks[purpose]?.()) ?? [];
    return observations.map((observation) => ({ purpose, ...observation }));
  });
  return (await Promise.all(found)).flat();
}

/** What is found of something that is not there at all. */
export const notFound = 'not found';

/** What keeps a purpose from being met, ready for `hostNotReady`; the same lack for two purposes is told once. */
export function lacksOf(observations: readonly Observation[]): Precondition[] {
  const lacks = observations.filter(({ severity }) => severity === 'error').map(toPrecondition);
  const isSame = (one: Precondition, other: Precondition) =>
    one.subject === other.subject && one.description === other.description;
  return lacks.filter((one, i) => i === lacks.findIndex((other) => isSame(one, other)));
}

function toPrecondition({ type, subject, found, remedy }: Observation): Precondition {
  // That it is missing is said already by whoever tells of it.
  return { type, subject, description: found === notFound ? remedy : `${found}; ${remedy}` };
}

/** The worst of all; ok when there is none. */
export function worstOf(observations: readonly { readonly severity: Severity }[]): Severity {
  const ranks = observations.map(({ severity }) => severities.indexOf(severity));
  return severities[Math.max(0, ...ranks)] ?? 'ok';
}
