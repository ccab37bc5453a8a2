import { join } from 'node:path';
import { ServiceState, SupervisorServiceService } from '../../../gen/banger/supervisor/v1/supervisor_service.js';
import { type Vm, VmServiceService, VmState } from '../../../gen/banger/vmm/v1/vm_service.js';
import { pollUntil } from '../../../lib/clock.js';
import { isBangerError } from '../../../lib/errors.js';
import { identify, type ProcessIdentity } from '../../../lib/host/process.js';
import type { ServiceName } from '../../../lib/paths.js';
import { createClient } from '../../../lib/rpc/client.js';
import type { RpcClient } from '../../../lib/rpc/contract.js';

/** Generous: a busy machine is no reason to fail. */
export const generousMs = 300_000;

/**
 * The daemons of a world, for what a test asks again and again or does on the way to its point: each command of the CLI is a
 * program that starts. Calls wait for a service that is just restarting.
 */
export class DaemonClients {
  readonly vmm: RpcClient<typeof VmServiceService>;
  readonly supervisor: RpcClient<typeof SupervisorServiceService>;

  constructor({ runDir }: { readonly runDir: string }) {
    const ready = { waitForReady: true };
    this.vmm = createClient(VmServiceService, 'vmm', join(runDir, 'vmm.sock'), ready);
    this.supervisor = createClient(SupervisorServiceService, 'supervisor', join(runDir, 'supervisor.sock'), ready);
  }

  /** The VM as it is now; undefined when there is none. A vmm that is killed meanwhile is asked again when it is back. */
  async find(name: string): Promise<Vm | undefined> {
    try {
      return (await this.vmm.getVm({ name }, { deadlineMs: generousMs })).vm;
    } catch (error) {
      if (isBangerError(error, 'VM_NOT_FOUND')) return undefined;
      if (isBangerError(error, 'SERVICE_UNREACHABLE') || isBangerError(error, 'SHUTTING_DOWN')) return this.find(name);
      throw error;
    }
  }

  async show(name: string): Promise<StatedVm> {
    return stated(await this.find(name), name);
  }

  /** The VM as soon as it is as wanted. */
  vmIs(name: string, is: (vm: StatedVm) => boolean, what: string): Promise<StatedVm> {
    const look = async () => {
      const vm = await this.show(name);
      return is(vm) && vm;
    };
    return pollUntil(look, { what, timeoutMs: generousMs });
  }

  /** The VM as soon as it is in a state. */
  vmComesTo(name: string, state: VmState): Promise<StatedVm> {
    return this.vmIs(name, ({ status }) => status.state === state, `${name} is ${VmState[state]}`);
  }

  async processOf(service: ServiceName): Promise<ProcessIdentity> {
    const { services } = await this.supervisor.getStatus({});
    const found = identify(services.find(({ name }) => name === service)?.pid ?? -1);
    if (found === undefined) throw new Error(`${service} does not run`);
    return found;
  }

  async allHealthy(): Promise<void> {
    const look = async () => {
      const { services } = await this.supervisor.getStatus({});
      return services.every(({ state }) => state === ServiceState.HEALTHY);
    };
    await pollUntil(look, { what: 'all services are healthy', timeoutMs: generousMs });
  }

  close(): void {
    this.vmm.close();
    this.supervisor.close();
  }
}

export type StatedVm = Vm & { readonly status: NonNullable<Vm['status']> };

function stated(vm: Vm | undefined, name: string): StatedVm {
  if (vm?.status === undefined) throw new Error(`${name} is not there, or has no status`);
  return vm as StatedVm;
}
