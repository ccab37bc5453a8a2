import { type Vm, VmState } from '../gen/banger/vmm/v1/vm_service.js';
import { BangerError } from '../lib/errors.js';
import type { Context } from './context.js';
import { reasons } from './errors.js';
import { sshSession } from './ssh-session.js';
import { stateOf } from './views/vm.js';

/** Logs in to a VM that runs, for a shell or one command; returns ssh's exit code. */
export async function logIn(ctx: Context, vm: Vm, command: readonly string[]): Promise<number> {
  if (vm.status?.state !== VmState.RUNNING) throw notRunning(vm);
  const vmm = await ctx.clients.vmm();
  const access = await vmm.getSshAccess({ name: vm.name }, { signal: ctx.signal });
  return sshSession(ctx, vm.name, access, command);
}

function notRunning(vm: Vm): BangerError {
  const state = stateOf(vm);
  const advice = adviceFor(vm);
  return new BangerError(
    'wrong-state',
    reasons.VM_NOT_RUNNING,
    `cannot log in to vm ${vm.name}: it is ${state}; ${advice}`,
    {
      metadata: { vm: vm.name, state },
    },
  );
}

function adviceFor({ name, status }: Vm): string {
  const state = status?.state;
  if (state === VmState.PAUSED) return `let it go on with \`banger vm resume ${name}\``;
  const down = state === VmState.STOPPED || state === VmState.FAILED;
  return down ? `start it with \`banger vm start ${name}\`` : 'try again in a moment';
}
