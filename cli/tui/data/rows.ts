import type { Image } from '../../../gen/banger/imaged/v1/image_service.js';
import { type Service, ServiceState } from '../../../gen/banger/supervisor/v1/supervisor_service.js';
import { type Vm, VmState } from '../../../gen/banger/vmm/v1/vm_service.js';
import { bytes, mebibytes } from '../../render/format.js';
import { shortDigest } from '../../views/image.js';
import { serviceState } from '../../views/service.js';
import { doing, stateOf } from '../../views/vm.js';
import type { ImageRow, ServiceRow, Tone, VmRow } from '../model.js';

/** The contract's messages as rows. */

const vmTones: Readonly<Partial<Record<VmState, Tone>>> = {
  [VmState.RUNNING]: 'good',
  [VmState.FAILED]: 'bad',
  [VmState.STOPPED]: 'quiet',
};

export function vmRow(vm: Vm): VmRow {
  const { spec, status } = vm;
  return {
    name: vm.name,
    uid: vm.uid,
    state: stateOf(vm),
    doing: doing(vm),
    tone: vmTones[status?.state ?? VmState.UNSPECIFIED] ?? 'busy',
    address: status?.ipv4Address ?? '',
    cpus: spec?.cpuCount ?? 0,
    memory: mebibytes(spec?.memoryMib ?? 0),
    nat: spec?.nat ?? false,
    image: spec?.image ?? '',
    created: vm.createTime?.getTime(),
    revision: vm.revision,
    reason: status?.lastError?.message ?? status?.stateReason ?? '',
  };
}

export function imageRow(image: Image): ImageRow {
  return {
    name: image.names.join(', ') || shortDigest(image.digest),
    digest: shortDigest(image.digest),
    size: bytes(image.sizeBytes),
    onDisk: bytes(image.diskUsageBytes),
    vms: image.holders.length,
    created: image.createTime?.getTime(),
  };
}

const serviceTones: Readonly<Partial<Record<ServiceState, Tone>>> = {
  [ServiceState.HEALTHY]: 'good',
  [ServiceState.BACKOFF]: 'bad',
  [ServiceState.STOPPED]: 'quiet',
};

export function serviceRow(service: Service): ServiceRow {
  return {
    name: service.name,
    state: serviceState(service),
    tone: serviceTones[service.state] ?? 'busy',
    pid: service.pid,
    started: service.startTime?.getTime(),
    restarts: service.restartCount,
    lastExit: service.lastExit,
  };
}
