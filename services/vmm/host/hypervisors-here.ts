import type { Log } from '../../../lib/log.js';
import type { ChoiceSettings } from '../domain/choice.js';
import type { ConsoleLogs } from './console-logs.js';
import { Firecracker } from './firecracker/hypervisor.js';
import { HostHypervisors } from './hypervisors.js';
import { lookAtJailer } from './jailer.js';
import { kvmFacts } from './kvm.js';
import { KvmTrials } from './kvm-trials.js';
import { Qemu } from './qemu/hypervisor.js';
import type { VmPaths } from './vm-paths.js';

export interface HypervisorsHereOptions {
  /** By name or path. */
  readonly programs: Readonly<Record<'firecracker' | 'jailer' | 'qemu', string>>;
  readonly settings: ChoiceSettings;
  readonly paths: VmPaths;
  readonly consoles: ConsoleLogs;
  readonly log: Log;
}

/** The hypervisors of the machine that we are on. */
export function hypervisorsHere({ programs, settings, ...common }: HypervisorsHereOptions): HostHypervisors {
  const { firecracker, jailer, qemu } = programs;
  return new HostHypervisors({
    settings,
    backends: {
      firecracker: new Firecracker({ program: firecracker, jailer, ...common }),
      qemu: new Qemu({ program: qemu, ...common }),
    },
    trials: new KvmTrials(common.paths.kvmTrial),
    kvm: kvmFacts,
    jailer: () => lookAtJailer({ setting: settings.jail, program: jailer }),
  });
}
