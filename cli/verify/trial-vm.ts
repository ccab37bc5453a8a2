import { randomBytes } from 'node:crypto';
import { type GetSshAccessResponse, type Vm, VmSpec } from '../../gen/banger/vmm/v1/vm_service.js';
import { runCommand } from '../../lib/host/command.js';
import { findProgram } from '../../lib/host/preflight.js';
import type { Context } from '../context.js';
import { sshArguments } from '../ssh-session.js';
import { withThrowAwayVm } from '../throw-away.js';

/** A VM to try things with, that is deleted at the end. */
export interface TrialVm {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  readonly tap: string;
  /** Runs a line for the guest's shell; returns what it printed and its exit code. */
  run(line: string): Promise<{ readonly output: string; readonly exitCode: number }>;
  /** Deletes it, and returns when it is gone. A repeat does nothing. */
  delete(): Promise<void>;
}

const guestTimeoutMs = 60_000;

/** Creates a VM without NAT, lets `use` have it, and deletes it whatever happens; also after Ctrl-C. */
export function withTrialVm<T>(ctx: Context, image: string | undefined, use: (vm: TrialVm) => Promise<T>): Promise<T> {
  const name = `verify-${randomBytes(3).toString('hex')}`;
  return withThrowAwayVm(ctx, { name, spec: VmSpec.fromPartial({ image }) }, async (vm, remove) => {
    const vmm = await ctx.clients.vmm();
    const access = await vmm.getSshAccess({ name }, { signal: ctx.signal });
    return use(trialVm(ctx, vm, access, remove));
  });
}

function trialVm(ctx: Context, vm: Vm, access: GetSshAccessResponse, remove: () => Promise<void>): TrialVm {
  return {
    name: vm.name,
    uid: vm.uid,
    address: vm.status?.ipv4Address ?? '',
    tap: vm.status?.tap ?? '',
    async run(line) {
      const argv = [(await findProgram('ssh')) ?? 'ssh', ...sshArguments(access, [line])];
      // ssh's own failure, 255, is none of the guest's and is told by its message.
      const okExitCodes = Array.from({ length: 255 }, (_, code) => code);
      const options = { signal: ctx.signal, timeoutMs: guestTimeoutMs, okExitCodes };
      const { stdout, stderr, exitCode } = await runCommand(argv, options);
      return { output: (stdout + stderr).trim(), exitCode };
    },
    delete: remove,
  };
}
