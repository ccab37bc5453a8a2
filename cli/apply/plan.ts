import { VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { type CurrentVm, type FieldChange, fieldChanges, goalOf, projectLabel } from './compare.js';
import type { Project, WantedImage } from './file.js';
import type { VmShape } from './shape.js';

/** What has to be done so that things are as a file says, and what cannot be. Made of the file and of what is: pure. */
export interface Plan {
  readonly project: string;
  /** Images to make, in the order of the file. */
  readonly images: readonly WantedImage[];
  /** By the names of the VMs. */
  readonly vms: readonly VmChange[];
  /** VMs of the project that the file has no more, and that stay without `prune`. */
  readonly unlisted: readonly string[];
  readonly refusals: readonly Refusal[];
}

export type VmChange =
  | { readonly kind: 'create'; readonly name: string; readonly goal: VmShape }
  | {
      readonly kind: 'update' | 'replace';
      readonly name: string;
      readonly goal: VmShape;
      readonly current: CurrentVm;
      readonly fields: readonly FieldChange[];
    }
  | { readonly kind: 'delete'; readonly name: string; readonly current: CurrentVm };

/** Why something of a plan is not done, and what to do. */
export interface Refusal {
  readonly name: string;
  readonly description: string;
}

export interface PlanOptions {
  /** Delete VMs of the project that the file has no more. */
  readonly prune: boolean;
  /** Delete and create anew what cannot be changed in place. */
  readonly replace: boolean;
  /** Take VMs that are of no project into this one. */
  readonly adopt: boolean;
}

/** What there is: all VMs, and the names of all images. */
export interface Current {
  readonly vms: readonly CurrentVm[];
  readonly images: readonly string[];
}

export function planOf(project: Project, current: Current, options: PlanOptions): Plan {
  const listed = project.vms.map(({ name, shape }) => {
    const there = current.vms.find((vm) => vm.name === name);
    return changeOf(project.name, name, shape, there, options);
  });
  const gone = unlistedOf(project, current).map((vm) => ({ vm, refusal: deletionRefusal(vm) }));
  const pruned = options.prune ? gone : [];
  return {
    project: project.name,
    images: project.images.filter(({ name }) => !current.images.includes(name)),
    vms: [
      ...listed.flatMap(({ change }) => change ?? []),
      ...pruned.map(({ vm }) => ({ kind: 'delete' as const, name: vm.name, current: vm })),
    ].sort((a, b) => (a.name < b.name ? -1 : 1)),
    unlisted: options.prune ? [] : gone.map(({ vm }) => vm.name),
    refusals: [...listed.flatMap(({ refusal }) => refusal ?? []), ...pruned.flatMap(({ refusal }) => refusal ?? [])],
  };
}

/** What `destroy` does: every VM of the project goes, and of a file without one those that it names. */
export function destructionOf(project: Project, current: Current): Plan {
  const named = current.vms.filter(({ name, shape }) => {
    return project.vms.some((vm) => vm.name === name) && (shape.labels[projectLabel] ?? '') === project.name;
  });
  const vms = [...named, ...unlistedOf(project, current)].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    project: project.name,
    images: [],
    vms: vms.map((vm) => ({ kind: 'delete' as const, name: vm.name, current: vm })),
    unlisted: [],
    refusals: vms.flatMap((vm) => deletionRefusal(vm) ?? []),
  };
}

function unlistedOf(project: Project, { vms }: Current): CurrentVm[] {
  if (project.name === '') return [];
  const mine = vms.filter(({ shape }) => shape.labels[projectLabel] === project.name);
  return mine.filter((vm) => !project.vms.some(({ name }) => name === vm.name));
}

function deletionRefusal({ name, state }: CurrentVm): Refusal | undefined {
  return state === VmState.DELETING
    ? { name, description: 'it is being deleted; try again when it is gone' }
    : undefined;
}

interface Judged {
  readonly change?: VmChange;
  readonly refusal?: Refusal;
}

function changeOf(
  project: string,
  name: string,
  wanted: VmShape,
  current: CurrentVm | undefined,
  { replace, adopt }: PlanOptions,
): Judged {
  if (current === undefined) return { change: { kind: 'create', name, goal: goalOf(wanted, project) } };
  const goal = goalOf(wanted, project, current);
  const fields = fieldChanges(current, goal);
  if (fields.length === 0) return {};
  const foreign = ownerRefusal(project, current, adopt) ?? deletionRefusal(current);
  const anew = fields.filter(({ when }) => when === 'replace');
  const fixed = anew.length > 0 && !replace ? { refusal: fixedRefusal(name, anew) } : {};
  const refused = foreign ? { refusal: foreign } : fixed;
  if (anew.length === 0) return { change: { kind: 'update', name, goal, current, fields }, ...refused };
  return { change: { kind: 'replace', name, goal: goalOf(wanted, project), current, fields }, ...refused };
}

/** What is not ours is not changed unasked. */
function ownerRefusal(project: string, { name, shape, temporary }: CurrentVm, adopt: boolean): Refusal | undefined {
  if (temporary) return { name, description: 'an image is being built in it; try again when that has ended' };
  const owner = shape.labels[projectLabel] ?? '';
  if (owner === project || (owner === '' && adopt)) return undefined;
  if (owner === '') {
    return {
      name,
      description: 'there is such a vm already, which is of no project; take it into this one with --adopt',
    };
  }
  const own = project === '' ? 'the file has no project' : `the file is project ${project}`;
  return {
    name,
    description: `it is of project ${owner}, and ${own}; choose another name, or take it out with \`banger vm set ${name} --unlabel ${projectLabel}\``,
  };
}

function fixedRefusal(name: string, fields: readonly FieldChange[]): Refusal {
  const what = fields.map(({ key, from, to }) => `${key} (${from} → ${to})`).join(', ');
  return {
    name,
    description: `${what} cannot change in place; put it back in the file, or have the vm deleted and created anew with --replace: what is on its disks is not taken over`,
  };
}

export function isEmpty({ images, vms }: Plan): boolean {
  return images.length + vms.length === 0;
}
