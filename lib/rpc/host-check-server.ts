import { HostServiceService } from '../../gen/banger/host/v1/host_service.js';
import { keepsNothing, type Reconcile } from '../discrepancy.js';
import { type CheckHost, purposes } from '../finding.js';
import type { AuditTable } from './auditing.js';
import { toWireDiscrepancy } from './discrepancy.js';
import { fromWirePurpose, toWireFinding } from './host-check.js';
import { bind, type ServiceBinding } from './server.js';

const audit: AuditTable<typeof HostServiceService> = {
  checkHost: 'read',
  findDiscrepancies: 'read',
  reconcile: () => ({ object: 'host' }),
};

/** banger.host.v1.HostService over a service's own check and repair: the same for every service, as its health is. */
export function bindHostCheck(check: CheckHost, reconcile: Reconcile = keepsNothing): ServiceBinding {
  const handlers = {
    async checkHost(request: { readonly purposes: Parameters<typeof fromWirePurpose>[0][] }) {
      const wanted = request.purposes.length === 0 ? purposes : request.purposes.flatMap(fromWirePurpose);
      return { findings: (await check(wanted)).map(toWireFinding) };
    },
    findDiscrepancies: async () => ({ discrepancies: (await reconcile(false)).map(toWireDiscrepancy) }),
    reconcile: async () => ({ discrepancies: (await reconcile(true)).map(toWireDiscrepancy) }),
  };
  return bind(HostServiceService, handlers, audit);
}
