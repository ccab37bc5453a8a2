/** A recorded case that the stand-in answers otherwise, and why that is right. */
export interface Deviation {
  readonly reason: string;
  /** The answer without what may differ. */
  readonly without: (answer: object) => object;
}

interface ConfigAnswer {
  readonly response: { readonly drives: readonly { readonly drive_id: string }[] };
}

const anyOrder: Deviation = {
  reason:
    'the real one lists the drives of a running machine in the order of a hash map, which is another at each start',
  without: (answer) => {
    const { response } = answer as ConfigAnswer;
    const drives = [...response.drives].sort((one, other) => one.drive_id.localeCompare(other.drive_id));
    return { ...answer, response: { ...response, drives } };
  },
};

/** By the number of the case. */
export const deviations: ReadonlyMap<number, Deviation> = new Map([
  [113, anyOrder],
  [169, anyOrder],
]);
