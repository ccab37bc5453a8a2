import type { Vm } from '../gen/banger/vmm/v1/vm_service.js';
import { VmState, type VmStats } from '../gen/banger/vmm/v1/vm_service.js';
import type { Duration } from '../gen/google/protobuf/duration.js';
import { type ErrorKind, isBangerError } from '../lib/errors.js';
import { allVms } from './all-vms.js';
import type { Context } from './context.js';
import { stateOf } from './views/vm.js';

/** What running VMs use between two readings. */

export interface Reading {
  readonly vm: Vm;
  readonly stats: VmStats;
}

/** One VM; rates are those since the reading before, or since its start when there was none. */
export interface Use {
  readonly name: string;
  readonly state: string;
  /** Of one processor, in percent: several can take more than 100. */
  readonly cpuPercent: number;
  /** Memory of the host. */
  readonly memoryBytes: number;
  /** Memory in the guest that is free for use; absent when it does not say. */
  readonly guestAvailableBytes?: number;
  readonly diskReadBytesPerSecond: number;
  readonly diskWrittenBytesPerSecond: number;
  readonly networkReceivedBytesPerSecond: number;
  readonly networkSentBytesPerSecond: number;
}

/** A hypervisor that hangs keeps nobody else's figures back. */
const deadlineMs = 2_000;
const upStates: readonly (VmState | undefined)[] = [VmState.RUNNING, VmState.PAUSED, VmState.STOPPING];

/** Those whose hypervisor tells; one that ends meanwhile, or does not answer, is left out. */
export async function readAll(ctx: Context, selector: string): Promise<Reading[]> {
  const vmm = await ctx.clients.vmm();
  const up = (await allVms(ctx, selector)).filter(({ status }) => upStates.includes(status?.state));
  const read = up.map(async (vm) => {
    const { stats } = await vmm.getVmStats({ name: vm.name }, { signal: ctx.signal, deadlineMs });
    return stats ? [{ vm, stats }] : [];
  });
  const settled = await Promise.allSettled(read);
  ctx.signal.throwIfAborted();
  return settled.flatMap((one) => {
    if (one.status === 'fulfilled') return one.value;
    if (isBangerError(one.reason) && passing.includes(one.reason.kind)) return [];
    throw one.reason;
  });
}

/** What one VM meets and others do not: it has ended, is gone, or its hypervisor hangs. */
const passing: readonly ErrorKind[] = ['wrong-state', 'not-found', 'unavailable'];

/** The busiest first. */
export function usesOf(before: readonly Reading[], after: readonly Reading[]): Use[] {
  const former = new Map(before.map(({ vm, stats }) => [vm.uid, stats]));
  const uses = after.map(({ vm, stats }) => useOf(vm, former.get(vm.uid), stats));
  return uses.sort((a, b) => b.cpuPercent - a.cpuPercent || (a.name < b.name ? -1 : 1));
}

function useOf(vm: Vm, before: VmStats | undefined, now: VmStats): Use {
  // Counters of a hypervisor that was started since begin anew.
  const former = before && seconds(before.uptime) < seconds(now.uptime) ? before : undefined;
  const span = seconds(now.uptime) - seconds(former?.uptime);
  const rate = (of: (stats: VmStats) => number) =>
    span <= 0 ? 0 : Math.max(0, (of(now) - (former ? of(former) : 0)) / span);
  const available = now.guestMemory?.availableBytes;
  return {
    name: vm.name,
    state: stateOf(vm),
    cpuPercent: Math.round(1000 * rate(({ cpuTime }) => seconds(cpuTime))) / 10,
    memoryBytes: now.residentBytes,
    ...(available !== undefined && { guestAvailableBytes: available }),
    diskReadBytesPerSecond: Math.round(rate(({ disks }) => sum(disks.map(({ readBytes }) => readBytes)))),
    diskWrittenBytesPerSecond: Math.round(rate(({ disks }) => sum(disks.map(({ writtenBytes }) => writtenBytes)))),
    networkReceivedBytesPerSecond: Math.round(rate(({ network }) => network?.receivedBytes ?? 0)),
    networkSentBytesPerSecond: Math.round(rate(({ network }) => network?.sentBytes ?? 0)),
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
const seconds = (duration: Duration | undefined) => (duration ? duration.seconds + duration.nanos / 1e9 : 0);
