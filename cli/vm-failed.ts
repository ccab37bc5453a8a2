import type { Vm } from '../gen/banger/vmm/v1/vm_service.js';
import { BangerError } from '../lib/errors.js';
import { reasons } from './errors.js';

/** The VM's own error, for whom it is the end of waiting; `what` completes "vm web …". */
export function vmFailed({ name, status }: Vm, what: string): BangerError {
  const { reason = reasons.VM_NOT_RUNNING, message = 'it has failed' } = status?.lastError ?? {};
  return new BangerError('wrong-state', reason, `vm ${name} ${what}: ${message}`, { metadata: { vm: name } });
}
