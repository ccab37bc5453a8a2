import { GetStatusResponse, ServiceState } from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { GetHypervisorResponse, HypervisorKind } from '../../gen/banger/vmm/v1/vm_service.js';
import { commonReasons, isBangerError } from '../../lib/errors.js';
import type { Context } from '../context.js';
import { findDaemon } from '../daemon.js';
import { defineCommand } from '../define-command.js';
import { exitCodeOfKind, exitCodes } from '../errors.js';
import { doctorReport } from '../views/doctor.js';

export const command = defineCommand({
  summary: 'Tell whether VMs can be started here, and what to do if not',
  description:
    'Looks at the services, the hypervisors, KVM and the programs that VMs need. Starts and changes nothing. ' +
    'Ends with 0 when VMs can be started, with 8 when a service is down, and with 5 when this host lacks something.',
  examples: [
    ['doctor', 'what is there, what is missing, and the way out'],
    ['doctor --json', 'the same for programs; "ready" tells'],
  ],
  async run(ctx) {
    const daemon = await findDaemon(ctx);
    const host = await findHost(ctx);
    const exitCode = exitCodeFor(daemon, host);
    const ready = exitCode === exitCodes.ok;
    return {
      json: {
        ready,
        daemon: daemon ? GetStatusResponse.toJSON(daemon) : null,
        hypervisor: host ? GetHypervisorResponse.toJSON(host) : null,
      },
      text: (style) => doctorReport({ daemon, host, isRoot: ctx.uid === 0, ready }, style),
      exitCode,
    };
  },
});

/** What vmm says of this host; undefined when it does not answer. */
async function findHost(ctx: Context): Promise<GetHypervisorResponse | undefined> {
  const vmm = await ctx.clients.vmm();
  return vmm.getHypervisor({}, { signal: ctx.signal }).catch((error) => {
    if (isBangerError(error, commonReasons.SERVICE_UNREACHABLE)) return undefined;
    throw error;
  });
}

/** The one that a `vm create` would end with. */
function exitCodeFor(daemon?: GetStatusResponse, host?: GetHypervisorResponse): number {
  const isUp = daemon?.services.every(({ state }) => state === ServiceState.HEALTHY) ?? false;
  if (!isUp || host === undefined) return exitCodeOfKind.unavailable;
  const isReady = host.kind !== HypervisorKind.UNSPECIFIED && (host.programs?.ok ?? false);
  return isReady ? exitCodes.ok : exitCodeOfKind['wrong-state'];
}
