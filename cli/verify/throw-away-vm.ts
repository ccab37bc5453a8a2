import { randomBytes } from 'node:crypto';
import { type GetSshAccessResponse, type Vm, VmSpec } from '../../gen/banger/vmm/v1/vm_service.js';
import { runCommand } from '../../lib/host/command.js';
import { findProgram } from '../../lib/host/preflight.js';
import type { Context } from '../context.js';
import { interrupted, isInterrupted } from '../errors.js';
import { sshArguments } from '../ssh-session.js';
import { VmFollower, waitDeadlineMs } from '../vm-progress.js';

/** A VM that is deleted at the end. */
export interface ThrowAwayVm {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  readonly tap: string;
  /** Runs a line for the guest's shell; returns what it printed and its exit code. */
  run(line: string): Promise<{ readonly output: string; readonly exitCode: number }>;
  /** Deletes it, and returns when it is gone. A repeat does nothing. */
  delete(): Promise<void>;
}

const deleteDeadlineMs = 120_000;
const guestTimeoutMs = 60_000;

/** Creates a VM without NAT, lets `use` have it, and deletes it whatever happens; also after Ctrl-C. */
export async function withThrowAwayVm<T>(
  ctx: Context,
  image: string | undefined,
  use: (vm: ThrowAwayVm) => Promise<T>,
): Promise<T> {
  const name = `verify-${randomBytes(3).toString('hex')}`;
  const remove = remover(ctx, name);
  let result: T;
  try {
    result = await use(await create(ctx, name, image, remove));
  } catch (error) {
    await remove().catch(() => {
      throw isInterrupted(error) ? interrupted(`vm ${name} may be left; delete it with ${removal(name)}`) : error;
    });
    throw error;
  }
  await remove();
  return result;
}

const removal = (name: string) => `\`banger vm delete --force --purge ${name}\``;

async function create(
  ctx: Context,
  name: string,
  image: string | undefined,
  remove: () => Promise<void>,
): Promise<ThrowAwayVm> {
  const vmm = await ctx.clients.vmm();
  const spec = VmSpec.fromPartial({ image });
  const request = { name, spec, requestId: name, noStart: false, wait: true, validateOnly: false };
  const follower = new VmFollower(ctx, [name]);
  follower.start();
  try {
    const options = { signal: ctx.signal, deadlineMs: waitDeadlineMs };
    const { vm } = await follower.persist(() => vmm.createVm(request, options));
    const access = await vmm.getSshAccess({ name }, { signal: ctx.signal });
    return throwAwayVm(ctx, name, vm, access, remove);
  } finally {
    follower.stop();
  }
}

function throwAwayVm(
  ctx: Context,
  name: string,
  vm: Vm | undefined,
  access: GetSshAccessResponse,
  remove: () => Promise<void>,
): ThrowAwayVm {
  return {
    name,
    uid: vm?.uid ?? '',
    address: vm?.status?.ipv4Address ?? '',
    tap: vm?.status?.tap ?? '',
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

/** Deletes the VM once. Not ended by Ctrl-C: nothing is to be left behind. */
function remover(ctx: Context, name: string): () => Promise<void> {
  let removed: Promise<void> | undefined;
  const remove = async () => {
    ctx.progress.show(`${name}: deleting`);
    const vmm = await ctx.clients.vmm();
    await vmm
      .deleteVm({ name, force: true, wait: true, purge: true }, { deadlineMs: deleteDeadlineMs })
      .catch((error) => {
        if (error.kind !== 'not-found') throw error;
      });
  };
  return () => {
    removed ??= remove();
    return removed;
  };
}
