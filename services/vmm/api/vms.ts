import type { VmServiceService } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import { createVm } from '../app/create-vm.js';
import { getGuestData } from '../app/get-guest-data.js';
import { getHypervisor } from '../app/get-hypervisor.js';
import { getSshAccess } from '../app/get-ssh-access.js';
import { getVmStats } from '../app/get-vm-stats.js';
import { killVm } from '../app/kill-vm.js';
import { listVms } from '../app/list-vms.js';
import { pauseVm } from '../app/pause-vm.js';
import { restartVm } from '../app/restart-vm.js';
import { resumeVm } from '../app/resume-vm.js';
import { startVm } from '../app/start-vm.js';
import { stopVm } from '../app/stop-vm.js';
import { updateVm } from '../app/update-vm.js';
import { requireVm } from '../app/verbs.js';
import type { Vmm } from '../app/vmm.js';
import { watchVms } from '../app/watch-vms.js';
import { consoleHandlers } from './console.js';
import { fromWireSpec, fromWireTie, fromWireUpdate, toWireEvent, toWireGuestData, toWireVm } from './convert.js';
import { toWireReport } from './convert-report.js';
import { toWireStats } from './convert-stats.js';
import { explainHandlers } from './explain.js';
import { guestHandlers } from './guests.js';
import { imageHandlers } from './images.js';
import { trashHandlers } from './trash.js';

/** VmService over the use cases: one method each, nothing decided here. */
export function vmHandlers(vmm: Vmm): Handlers<typeof VmServiceService> {
  const { world } = vmm;
  return {
    async createVm({ name, spec: wireSpec, requestId, noStart, wait, validateOnly, tie: wireTie }, { signal }) {
      const { spec, violations } = fromWireSpec(wireSpec);
      const { tie, violations: ofTie } = fromWireTie(wireTie);
      const mistakes = [...violations, ...ofTie];
      const request = { name, spec, violations: mistakes, requestId, start: !noStart, wait, validateOnly, tie, signal };
      return { vm: toWireVm(await createVm(vmm, request)) };
    },
    getVm: ({ name }) => ({ vm: toWireVm(requireVm(world, name)) }),
    listVms(request) {
      const { vms, nextPageToken } = listVms(world, request);
      return { vms: vms.map(toWireVm), nextPageToken };
    },
    async *watchVms(request, { signal }) {
      for await (const event of watchVms(world, request, signal)) yield toWireEvent(event);
    },
    async startVm({ name, wait, tie }, { signal }) {
      return { vm: toWireVm(await startVm(vmm, name, { ...fromWireTie(tie), wait, signal })) };
    },
    async stopVm({ name, wait, graceSeconds }, { signal }) {
      return { vm: toWireVm(await stopVm(vmm, name, { wait, graceSeconds, signal })) };
    },
    async killVm({ name, wait }, { signal }) {
      return { vm: toWireVm(await killVm(vmm, name, { wait, signal })) };
    },
    async restartVm({ name, wait, graceSeconds }, { signal }) {
      return { vm: toWireVm(await restartVm(vmm, name, { wait, graceSeconds, signal })) };
    },
    async pauseVm({ name, wait }, { signal }) {
      return { vm: toWireVm(await pauseVm(vmm, name, { wait, signal })) };
    },
    async resumeVm({ name, wait }, { signal }) {
      return { vm: toWireVm(await resumeVm(vmm, name, { wait, signal })) };
    },
    async getVmStats({ name }) {
      return { stats: toWireStats(await getVmStats(vmm, name)) };
    },
    async updateVm(request) {
      return { vm: toWireVm(await updateVm(vmm, { name: request.name, ...fromWireUpdate(request) })) };
    },
    ...consoleHandlers(vmm),
    ...explainHandlers(vmm),
    ...guestHandlers(vmm),
    ...trashHandlers(vmm),
    ...imageHandlers(vmm),
    getGuestData: ({ name }) => toWireGuestData(getGuestData(world, name)),
    getSshAccess: ({ name }) => getSshAccess(world, name),
    getSshFiles: () => world.keys.files,
    async getHypervisor() {
      return toWireReport(await getHypervisor(world));
    },
  };
}
