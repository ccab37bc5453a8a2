import { canonicalLabels, type Labels } from '../../../lib/labels/labels.js';

/** What is to become of labels. Those that are not named stay. */
export interface LabelChange {
  readonly set: Labels;
  /** Keys to take off, before `set` is done; one that is not there is no mistake. */
  readonly remove: readonly string[];
}

export function changedLabels(labels: Labels, { set, remove }: LabelChange): Labels {
  const kept = Object.entries(labels).filter(([key]) => !remove.includes(key));
  return canonicalLabels(Object.fromEntries([...kept, ...Object.entries(set)]));
}
