import { unlessAborted } from '../../../lib/clock.js';
import { invalidRequest } from '../../../lib/errors.js';
import { type CopyTarget, copyInto, targetProblems } from '../domain/copying.js';
import { copyFailed } from '../domain/errors.js';
import { type GuestContext, requireGuest } from './guest.js';
import type { GuestProcess } from './guest-ports.js';
import { endOfTool, reasonIn, toolCommand } from './guest-tool.js';

/** What a caller sends: where to first, then a tar archive. */
export type CopyRequest =
  | { readonly kind: 'target'; readonly target: CopyTarget }
  | { readonly kind: 'archive'; readonly data: Uint8Array };

export type CopyProgress =
  | { readonly kind: 'copied'; readonly bytes: number }
  | { readonly kind: 'done'; readonly path: string };

/** A caller is told of every so many bytes. */
const reportEvery = 1024 * 1024;

/**
 * Copies a file or a tree into a guest, and tells how far it is. When the signal aborts, what was begun ends.
 * Fails with VM_WRONG_STATE, GUEST_UNREACHABLE and COPY_FAILED.
 */
export async function* copyToVm(
  vmm: GuestContext,
  requests: AsyncIterable<CopyRequest>,
  signal: AbortSignal,
): AsyncIterable<CopyProgress> {
  const input = requests[Symbol.asyncIterator]();
  const target = await firstTarget(input);
  const what = `copy to ${target.name}:${target.path}`;
  const guest = requireGuest(vmm, target.name, what);
  const process = await vmm.world.shells.start(guest, toolCommand(copyInto(target)), signal);
  const ending = endOfTool(process);
  const ended = new AbortController();
  ending.finally(() => ended.abort()).catch(() => undefined);
  let hasEnded = false;
  try {
    yield* feed(process, input, signal, ended.signal);
    const end = await unlessAborted(ending, signal);
    hasEnded = true;
    if (end.code !== 0) throw copyFailed(what, reasonIn(end));
    yield { kind: 'done', path: end.stdout };
  } finally {
    if (!hasEnded) process.abandon();
  }
}

async function firstTarget(input: AsyncIterator<CopyRequest>): Promise<CopyTarget> {
  const { value } = await input.next();
  const first = value as CopyRequest | undefined;
  if (first?.kind !== 'target')
    throw invalidRequest('copy to a vm', [{ field: 'target', description: 'must be in the first request' }]);
  const problems = targetProblems(first.target);
  if (problems.length > 0) throw invalidRequest(`copy to vm ${first.target.name}`, problems);
  return first.target;
}

/** Gives a process what comes, until the end of that or of the process: one that ends early says why. */
async function* feed(
  process: GuestProcess,
  input: AsyncIterator<CopyRequest>,
  signal: AbortSignal,
  ended: AbortSignal,
): AsyncIterable<CopyProgress> {
  const over = AbortSignal.any([signal, ended]);
  let bytes = 0;
  let told = 0;
  for (;;) {
    const next = await unlessAborted(input.next(), over).catch((error) => {
      signal.throwIfAborted();
      if (ended.aborted) return undefined;
      throw error;
    });
    if (next === undefined) return;
    if (next.done) return process.endInput();
    if (next.value.kind !== 'archive')
      throw invalidRequest('copy to a vm', [{ field: 'target', description: 'must be in the first request only' }]);
    await process.write(next.value.data);
    bytes += next.value.data.length;
    if (bytes - told < reportEvery) continue;
    told = bytes;
    yield { kind: 'copied', bytes };
  }
}
