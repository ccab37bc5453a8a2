import type { VmServiceService } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { AuditTable } from '../../../lib/rpc/auditing.js';

const ofVm = ({ name }: { name: string }) => ({ object: name });

/** Which methods are verbs, and what they are done to. */
export const vmAudit: AuditTable<typeof VmServiceService> = {
  createVm: ({ name, validateOnly }) => (validateOnly ? undefined : { object: name }),
  getVm: 'read',
  listVms: 'read',
  watchVms: 'read',
  startVm: ofVm,
  stopVm: ofVm,
  killVm: ofVm,
  restartVm: ofVm,
  pauseVm: ofVm,
  resumeVm: ofVm,
  deleteVm: ofVm,
  listTrash: 'read',
  restoreVm: ofVm,
  purgeVm: ofVm,
  updateVm: ofVm,
  streamConsoleLog: 'read',
  // Whoever types at a console may do everything in the guest.
  attachConsole: ofVm,
  // Not what is run: there may be secrets among the arguments.
  exec: ({ request }) => (request?.$case === 'command' ? { object: request.value.name } : {}),
  copyToVm: ({ request }) => (request?.$case === 'target' ? { object: request.value.name } : {}),
  // Whoever may read all of a guest may log in to it.
  copyFromVm: ofVm,
  getVmStats: 'read',
  explainVm: 'read',
  getGuestData: 'read',
  getSshAccess: 'read',
  getSshFiles: 'read',
  commitVm: ofVm,
  customizeImage: ({ request }) => (request?.$case === 'start' ? { object: request.value.image } : {}),
  getHypervisor: 'read',
};
