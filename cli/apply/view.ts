import type { Style } from '../render/style.js';
import { type FieldChange, projectLabel, valueText } from './compare.js';
import type { WantedImage } from './file.js';
import { keys, shapeNames } from './keys.js';
import { isEmpty, type Plan, type VmChange } from './plan.js';
import { standardShape, type VmShape } from './shape.js';

/** A plan, for people and for programs. */

export function planText(plan: Plan, style: Style): string {
  const lines = [
    ...plan.images.map((image) => style.green(`+ image ${image.name}  ${howOf(image)}`)),
    ...plan.vms.flatMap((change) => changeLines(change, style)),
    ...plan.unlisted.map((name) =>
      style.dim(`  vm ${name} is not in the file any more, and stays: --prune deletes it`),
    ),
  ];
  return isEmpty(plan) ? [...lines, 'There is nothing to change.'].join('\n') : lines.join('\n');
}

/** What was done of a plan, in one line. */
export function doneText(plan: Plan): string {
  const count = (kind: VmChange['kind']) => plan.vms.filter((change) => change.kind === kind).length;
  const parts = [
    [plan.images.length, 'images made'],
    [count('create'), 'created'],
    [count('update'), 'changed'],
    [count('replace'), 'replaced'],
    [count('delete'), 'deleted'],
  ] as const;
  return parts.flatMap(([number, what]) => (number > 0 ? [`${number} ${what}`] : [])).join(', ');
}

function howOf({ how, source }: WantedImage): string {
  return how === 'recipe' ? `built from recipe ${source}` : `imported from ${source}`;
}

function changeLines(change: VmChange, style: Style): string[] {
  switch (change.kind) {
    case 'create':
      return [style.green(`+ vm ${change.name}`), ...createdLines(change.goal)];
    case 'update':
      return [style.yellow(`~ vm ${change.name}`), ...change.fields.map(fieldLine)];
    case 'replace':
      return [style.red(`± vm ${change.name}  deleted and created anew`), ...change.fields.map(fieldLine)];
    case 'delete':
      return [style.red(`- vm ${change.name}`)];
  }
}

/** What is not as it would be unasked; the image always. */
function createdLines(goal: VmShape): string[] {
  return shapeNames
    .filter((name) => name === 'image' || JSON.stringify(goal[name]) !== JSON.stringify(standardShape[name]))
    .map((name) => `    ${keys[name].key}  ${valueText(name, goal)}`);
}

function fieldLine({ key, from, to, when }: FieldChange): string {
  const note = { now: '', 'next-start': '  (after `banger vm restart`)', replace: '  (only in a new vm)' }[when];
  return `    ${key}  ${from} → ${to}${note}`;
}

/** Stable, for programs. */
export function planJson(plan: Plan, applied: boolean): object {
  const { project, images, vms, unlisted, refusals } = plan;
  return {
    project,
    applied,
    changes: !isEmpty(plan),
    images: images.map(({ name, how, source }) => ({ name, how, source })),
    vms: vms.map((change) => ({ name: change.name, change: change.kind, fields: fieldsOf(change) })),
    unlisted,
    refusals,
  };
}

function fieldsOf(change: VmChange): readonly FieldChange[] {
  return 'fields' in change ? change.fields : [];
}

/** VMs that have their new settings only after a restart. */
export function waitingFor(plan: Plan): string[] {
  return plan.vms
    .filter((change) => fieldsOf(change).some(({ when }) => when === 'next-start'))
    .filter((change) => change.kind === 'update')
    .map(({ name }) => name);
}

/** How to see what a project has, or, when all of it went, what of it is kept. */
export function nextText(plan: Plan, style: Style): string {
  if (plan.vms.length > 0 && plan.vms.every(({ kind }) => kind === 'delete'))
    return `look with ${style.bold('banger vm trash')}`;
  const list = plan.project === '' ? 'banger vm list' : `banger vm list -l ${projectLabel}=${plan.project}`;
  return `look with ${style.bold(list)}`;
}
