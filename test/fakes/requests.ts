import { emptyPolicy } from '../../lib/network-policy/policy.js';
import type { NewVmRequest } from '../../services/vmm/app/create-vm.js';
import type { VmSpec } from '../../services/vmm/domain/vm.js';

/** A spec in which everything has its default. */
export const emptySpec: VmSpec = {
  cpuCount: 0,
  memoryMib: 0,
  image: '',
  kernel: '',
  diskMib: 0,
  workDiskMib: 0,
  init: 'image',
  nat: false,
  hypervisor: 'any',
  restartPolicy: 'never',
  autostart: false,
  autostartOrder: 0,
  ipv4Address: '',
  macAddress: '',
  aliases: [],
  policy: emptyPolicy,
  labels: {},
  environment: {},
  userData: '',
};

export const never = new AbortController().signal;
/** Return at once. */
export const dontWait = { wait: false, signal: never };
/** Return at the end of the verb. */
export const doWait = { wait: true, signal: never };

/** A request to create and start `web`. */
export function creation(change: Partial<Omit<NewVmRequest, 'spec'>> & { spec?: Partial<VmSpec> } = {}): NewVmRequest {
  const standard = { name: 'web', violations: [], requestId: '', start: true, validateOnly: false, ...doWait };
  return { ...standard, ...change, spec: { ...emptySpec, ...change.spec } };
}
