import { commonReasons, invalidRequest, isBangerError } from '../../../lib/errors.js';
import type { Vm } from '../domain/vm.js';
import type { World } from './world.js';

/**
 * Fails when the addresses that a VM asks for cannot be its own, before anything of it is recorded. A netd that restarts
 * is waited for later, by the step that needs it, and tells then.
 */
export async function checkPlace(world: World, vm: Vm, signal?: AbortSignal): Promise<void> {
  const { uid, name, spec } = vm;
  if (spec.ipv4Address === '' && spec.macAddress === '') return;
  try {
    await world.networks.checkPlace(networkRequest(vm), signal);
  } catch (error) {
    if (isBangerError(error, commonReasons.INVALID_REQUEST)) {
      const fields = error.fields.map(({ field, description }) => ({ field: `spec.${field}`, description }));
      throw invalidRequest(`create vm ${name}`, fields);
    }
    if (!isBangerError(error) || error.kind !== 'unavailable' || signal?.aborted) throw error;
    world.log.info({ err: error, vm: uid }, 'netd does not answer; it checks the addresses as the vm is attached');
  }
}

/** What netd is asked for a VM. */
export function networkRequest({ uid, name, spec, status }: Vm) {
  const { nat, ipv4Address, macAddress, policy } = spec;
  return { uid, name, nat, ipv4Address, macAddress, formerAddress: status.formerAddress, policy };
}
