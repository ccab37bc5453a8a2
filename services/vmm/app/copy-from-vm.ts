import { unlessAborted } from '../../../lib/clock.js';
import { invalidRequest } from '../../../lib/errors.js';
import { type CopySource, copyOutOf, readSource, sourceProblems, tarOkCodes } from '../domain/copying.js';
import { copyFailed } from '../domain/errors.js';
import { type GuestContext, requireGuest } from './guest.js';
import type { GuestProcess } from './guest-ports.js';
import { reasonIn, Said, toolCommand } from './guest-tool.js';

export type CopyPiece =
  | { readonly kind: 'source'; readonly source: CopySource }
  | { readonly kind: 'archive'; readonly data: Uint8Array };

/**
 * Says what is at a path in a guest, then sends it as a tar archive. Fails with VM_WRONG_STATE, GUEST_UNREACHABLE and
 * COPY_FAILED: after the last piece, when not all could be read.
 */
export async function* copyFromVm(
  vmm: GuestContext,
  name: string,
  path: string,
  signal: AbortSignal,
): AsyncIterable<CopyPiece> {
  const problems = sourceProblems(name, path);
  if (problems.length > 0) throw invalidRequest(`copy from vm ${name}`, problems);
  const what = `copy from ${name}:${path}`;
  const guest = requireGuest(vmm, name, what);
  const process = await vmm.world.shells.start(guest, toolCommand(copyOutOf(path)), signal);
  let hasEnded = false;
  try {
    process.endInput();
    const said = new Said();
    yield* pieces(process, said, signal);
    const { code } = await unlessAborted(process.exit(), signal);
    hasEnded = true;
    if (!tarOkCodes.includes(code)) throw copyFailed(what, reasonIn({ code, stderr: said.text }));
  } finally {
    if (!hasEnded) process.abandon();
  }
}

async function* pieces(process: GuestProcess, said: Said, signal: AbortSignal): AsyncIterable<CopyPiece> {
  const output = process.output[Symbol.asyncIterator]();
  let before: Buffer | undefined = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await unlessAborted(output.next(), signal);
    if (done) return;
    if (value.stream === 'stderr') said.add(value.data);
    else if (before === undefined) yield { kind: 'archive', data: value.data };
    else {
      before = Buffer.concat([before, value.data]);
      const begin = readSource(before);
      if (begin === undefined) continue;
      yield { kind: 'source', source: begin.source };
      if (before.length > begin.length) yield { kind: 'archive', data: before.subarray(begin.length) };
      before = undefined;
    }
  }
}
