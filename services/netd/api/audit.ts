import type { NetworkServiceService } from '../../../gen/banger/netd/v1/network_service.js';
import type { AuditTable } from '../../../lib/rpc/auditing.js';

/** Which methods are verbs, and what they are done to. */
export const networkAudit: AuditTable<typeof NetworkServiceService> = {
  ensureAttachment: ({ vmName, vmUid, validateOnly }) =>
    validateOnly ? undefined : { object: vmName, ...(vmUid && { uid: vmUid }) },
  releaseAttachment: ({ vmUid }) => ({ uid: vmUid }),
  setNat: ({ vmUid }) => ({ uid: vmUid }),
  setPolicy: ({ vmUid }) => ({ uid: vmUid }),
  checkPolicy: 'read',
  // dnsd tells of every name that a guest asks for.
  allowResolved: 'feed',
  watchDomains: 'read',
  getAttachment: 'read',
  listAttachments: 'read',
  putNatRule: ({ ipv4Address }) => ({ object: ipv4Address }),
  deleteNatRule: ({ ipv4Address }) => ({ object: ipv4Address }),
  getNetwork: 'read',
};
