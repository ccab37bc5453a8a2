import {
  type ListTrashResponse,
  type Remain,
  RemainPart,
  remainPartToJSON,
  type TrashedVm,
} from '../../gen/banger/vmm/v1/vm_service.js';
import { age, bytes, enumName, span } from '../render/format.js';
import type { Style } from '../render/style.js';
import { type Column, table } from '../render/table.js';

const columns: readonly Column<TrashedVm>[] = [
  { title: 'NAME', cell: (vm) => vm.name },
  { title: 'UID', cell: (vm) => vm.uid },
  { title: 'DELETED', cell: (vm, style) => `${age(vm.deleteTime, style.now)} ago` },
  { title: 'KEPT FOR', cell: (vm, style) => spanUntil(vm.keptUntil, style) },
  { title: 'SIZE', cell: (vm) => bytes(vm.sizeBytes), right: true },
];

/** What can be restored, and what is left of VMs that cannot. */
export function trashTable({ vms, remains }: ListTrashResponse, style: Style): string {
  const kept = vms.length === 0 ? 'No deleted VMs are kept.' : table(columns, vms, style);
  return [kept, ...remainLines(remains)].join('\n');
}

/** How much longer something is kept. */
export function spanUntil(time: Date | undefined, { now }: Style): string {
  return time === undefined ? '-' : span((time.getTime() - now.getTime()) / 1000);
}

const partNames: Readonly<Record<string, string>> = {
  hypervisor: 'its hypervisor',
  network: 'its address and tap',
  image: 'its hold on the image',
  disk: 'its disks',
};

/** What could not be cleaned up, a line each. */
export function remainLines(remains: readonly Remain[]): string[] {
  return remains.map(({ name, uid, part, problem }) => {
    const what = partNames[enumName(remainPartToJSON(part ?? RemainPart.UNSPECIFIED), 'REMAIN_PART')] ?? 'something';
    return `left of ${name} (${uid}): ${what}${problem && `: ${problem}`}; it is tried again by itself`;
  });
}
