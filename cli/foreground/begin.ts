import { randomUUID } from 'node:crypto';
import { Tie, type VmSpec, VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { BangerError, isBangerError } from '../../lib/errors.js';
import type { Context } from '../context.js';
import type { WantedVm } from '../throw-away.js';
import type { ConsoleCopy } from './console-copy.js';
import { statesOf } from './follow.js';

/** What a run that was killed has left is deleted within this time. */
const leftoverMs = 60_000;
/** How long vmm may take to say that it has begun. */
const beginMs = 60_000;
/** vmm's own reasons for a name that is another VM's. */
const vmExists = 'VM_EXISTS';
const vmDeleting = 'VM_DELETING';

export interface ForegroundVm extends WantedVm {
  /** Delete it at the end, instead of stopping it. */
  readonly remove: boolean;
  /** How long the guest may take to stop, in seconds. */
  readonly graceSeconds: number;
}

/** Creates the VM; false when one of that name is there, to be started. */
export async function create(ctx: Context, { name, spec, remove }: ForegroundVm): Promise<boolean> {
  const vmm = await ctx.clients.vmm();
  const tie = remove ? Tie.DELETE : Tie.STOP;
  const request = { name, spec, requestId: randomUUID(), noStart: false, wait: false, validateOnly: false, tie };
  const call = () => vmm.createVm(request, { signal: ctx.signal, deadlineMs: beginMs });
  try {
    await call();
    return true;
  } catch (error) {
    const isDeleted = isBangerError(error, vmDeleting);
    if (!isDeleted && !isBangerError(error, vmExists)) throw error;
    if (!remove && !isDeleted) return false;
    await leftoverIsGone(ctx, name, error);
  }
  await call();
  return true;
}

/** A VM that a killed run with --rm has left is deleted in a moment; any other is not ours to delete. */
async function leftoverIsGone(ctx: Context, name: string, problem: BangerError): Promise<void> {
  const late = AbortSignal.timeout(leftoverMs);
  for await (const vm of statesOf(ctx, name, AbortSignal.any([ctx.signal, late]))) {
    if (vm === undefined) return;
    if (vm.status?.tie !== Tie.DELETE && vm.status?.state !== VmState.DELETING) break;
  }
  ctx.signal.throwIfAborted();
  throw problem;
}

/** Starts the VM that is there. Fails with VM_EXISTS when it is not as asked for, with VM_TIED when another process has it. */
export async function start(ctx: Context, { name, spec }: ForegroundVm, console: ConsoleCopy): Promise<void> {
  const vmm = await ctx.clients.vmm();
  const { vm } = await vmm.getVm({ name }, { signal: ctx.signal });
  const other = vm?.spec ? differences(vm.spec, spec) : [];
  if (other.length > 0) throw settingsDiffer(name, other);
  await console.attached();
  await vmm.startVm({ name, wait: false, tie: Tie.STOP }, { signal: ctx.signal, deadlineMs: beginMs });
}

/** The settings that were asked for and are not those of the VM that is there. */
function differences(is: VmSpec, wanted: VmSpec): string[] {
  const other: string[] = [];
  const compare = (what: string, has: unknown, wants: unknown) => {
    if (String(has) !== String(wants)) other.push(`${what} ${has} instead of ${wants}`);
  };
  if (wanted.image) compare('image', is.image, wanted.image);
  if (wanted.cpuCount) compare('cpus', is.cpuCount, wanted.cpuCount);
  if (wanted.memoryMib) compare('memory', `${is.memoryMib}M`, `${wanted.memoryMib}M`);
  if (wanted.nat) compare('nat', is.nat ? 'on' : 'off', 'on');
  const ports = ({ policy }: VmSpec) =>
    (policy?.publishedPorts ?? []).map(({ hostPort, guestPort }) => `${hostPort}:${guestPort}`).join(',');
  if (ports(wanted)) compare('published ports', ports(is) || 'none', ports(wanted));
  return other;
}

function settingsDiffer(name: string, other: readonly string[]): BangerError {
  const message =
    `cannot run vm ${name} in the foreground: it is there already, with ${other.join(', ')}; change it with ` +
    `\`banger vm set ${name}\`, delete it, or choose another name`;
  return new BangerError('exists', vmExists, message, { metadata: { vm: name } });
}
