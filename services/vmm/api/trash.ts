import {
  type TrashedVm,
  type VmServiceService,
  RemainPart as WirePart,
  type Remain as WireRemain,
} from '../../../gen/banger/vmm/v1/vm_service.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import { deleteVm } from '../app/delete-vm.js';
import { type KeptVm, kept, listTrash } from '../app/list-trash.js';
import { purgeVm } from '../app/purge-vm.js';
import { restoreVm } from '../app/restore-vm.js';
import type { Vmm } from '../app/vmm.js';
import type { Remain, RemainPart } from '../domain/trash.js';
import { toWireSpec, toWireVm } from './convert.js';

type TrashMethods = 'deleteVm' | 'listTrash' | 'restoreVm' | 'purgeVm';

/** Deletion and what can be done after it. */
export function trashHandlers(vmm: Vmm): Pick<Handlers<typeof VmServiceService>, TrashMethods> {
  const { world } = vmm;
  return {
    async deleteVm({ name, force, wait, purge }, { signal }) {
      const deletion = await deleteVm(vmm, name, { force, wait, purge, signal });
      const keptUntil = deletion.kept && new Date(deletion.kept.keptUntil);
      return { keptUntil, remains: deletion.remains.map(toWireRemain) };
    },
    listTrash() {
      const { vms, remains } = listTrash(world);
      return { vms: vms.map(toWireTrashed), remains: remains.map(toWireRemain) };
    },
    async restoreVm({ name, newName, wait }, { signal }) {
      return { vm: toWireVm(await restoreVm(vmm, { reference: name, newName, wait, signal })) };
    },
    async purgeVm({ name, all }) {
      const { purged, remains } = await purgeVm(vmm, name, all);
      return { vms: purged.map((entry) => toWireTrashed(kept(world, entry))), remains: remains.map(toWireRemain) };
    },
  };
}

function toWireTrashed({ entry, keptUntil }: KeptVm): TrashedVm {
  const { vm, deleteTime, bytes } = entry;
  return {
    name: vm.name,
    uid: vm.uid,
    deleteTime: new Date(deleteTime),
    keptUntil: new Date(keptUntil),
    sizeBytes: bytes,
    spec: toWireSpec(vm.spec),
  };
}

const wireParts: Readonly<Record<RemainPart, WirePart>> = {
  hypervisor: WirePart.HYPERVISOR,
  network: WirePart.NETWORK,
  image: WirePart.IMAGE,
  disk: WirePart.DISK,
};

function toWireRemain({ name, uid, part, problem, since }: Remain): WireRemain {
  return { name, uid, part: wireParts[part], problem, since: new Date(since) };
}
