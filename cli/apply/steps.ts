import type { UpdateVmRequest } from '../../gen/banger/vmm/v1/vm_service.js';
import { type CurrentVm, editOf, releasing } from './compare.js';
import type { WantedImage } from './file.js';
import type { Plan, VmChange } from './plan.js';
import type { VmShape } from './shape.js';

/** One thing to do. Each can be undone by what it holds. */
export type Step =
  | { readonly kind: 'make-image'; readonly image: WantedImage }
  | { readonly kind: 'delete'; readonly vm: CurrentVm }
  | { readonly kind: 'create'; readonly name: string; readonly goal: VmShape }
  | {
      readonly kind: 'update';
      readonly name: string;
      readonly request: UpdateVmRequest;
      /** Undefined when nothing of it can be put back. */
      readonly back: UpdateVmRequest | undefined;
      /** What of it cannot be put back, for people; empty for nothing. */
      readonly lasting: string;
    }
  | { readonly kind: 'start' | 'stop'; readonly name: string };

/**
 * What a plan comes to, in stages: all of one are done at the same time, and before the next. First goes what frees
 * names, ports and addresses, so that VMs can pass them on to each other; then what takes them.
 */
export function stagesOf({ images, vms }: Plan): Step[][] {
  const stages = [
    ...images.map((image): Step[] => [{ kind: 'make-image', image }]),
    vms.flatMap(leaving),
    vms.flatMap((change) => updates(change, 'release')),
    vms.flatMap((change) => updates(change, 'take')),
    vms.flatMap(coming),
  ];
  return stages.filter((steps) => steps.length > 0);
}

function leaving(change: VmChange): Step[] {
  if (change.kind === 'delete' || change.kind === 'replace') return [{ kind: 'delete', vm: change.current }];
  const stops = change.kind === 'update' && change.current.shape.running && !change.goal.running;
  return stops ? [{ kind: 'stop', name: change.name }] : [];
}

function updates(change: VmChange, part: 'release' | 'take'): Step[] {
  if (change.kind !== 'update') return [];
  const { name, current, goal } = change;
  const between = releasing(current.shape, goal);
  const [from, to] = part === 'release' ? [current.shape, between] : [between, goal];
  const request = editOf(name, from, to);
  if (request === undefined) return [];
  const lasting = to.workDisk > from.workDisk ? `the work disk of vm ${name} stays larger: one only grows` : '';
  return [{ kind: 'update', name, request, back: editOf(name, to, from), lasting }];
}

function coming(change: VmChange): Step[] {
  if (change.kind === 'create' || change.kind === 'replace') {
    return [{ kind: 'create', name: change.name, goal: change.goal }];
  }
  const starts = change.kind === 'update' && change.goal.running && !change.current.shape.running;
  return starts ? [{ kind: 'start', name: change.name }] : [];
}
