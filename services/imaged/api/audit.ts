import type { ImageServiceService } from '../../../gen/banger/imaged/v1/image_service.js';
import type { AuditTable } from '../../../lib/rpc/auditing.js';

/** Which methods are verbs, and what they are done to. */
export const imageAudit: AuditTable<typeof ImageServiceService> = {
  buildImage: ({ recipe }) => ({ object: recipe }),
  addLayer: ({ name }) => ({ object: name }),
  importImage: ({ name }) => ({ object: name }),
  getImage: 'read',
  listImages: 'read',
  deleteImage: ({ image }) => ({ object: image }),
  tagImage: ({ name }) => ({ object: name }),
  verifyImages: 'read',
  pruneImages: ({ dryRun }) => (dryRun ? undefined : {}),
  exportImage: 'read',
  getStoreUsage: 'read',
  buildKernel: () => ({}),
  importKernel: ({ name }) => ({ object: name }),
  getKernel: 'read',
  listKernels: 'read',
  getDefaultKernel: 'read',
  setDefaultKernel: ({ kernel }) => ({ object: kernel }),
  deleteKernel: ({ kernel }) => ({ object: kernel }),
  acquireLease: ({ holder, holderName }) => ({ object: holderName, uid: holder }),
  releaseLease: ({ holder }) => ({ uid: holder }),
};
