import { HostServiceService } from '../../gen/banger/host/v1/host_service.js';
import { type CheckHost, purposes } from '../finding.js';
import { fromWirePurpose, toWireFinding } from './host-check.js';
import { bind, type ServiceBinding } from './server.js';

/** banger.host.v1.HostService over a service's own check: the same for every service, as its health is. */
export function bindHostCheck(check: CheckHost): ServiceBinding {
  return bind(HostServiceService, {
    async checkHost(request) {
      const wanted = request.purposes.length === 0 ? purposes : request.purposes.flatMap(fromWirePurpose);
      return { findings: (await check(wanted)).map(toWireFinding) };
    },
  });
}
