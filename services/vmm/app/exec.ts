import { unlessAborted } from '../../../lib/clock.js';
import { invalidRequest } from '../../../lib/errors.js';
import {
  commandProblems,
  type GuestCommand,
  isSignalName,
  signalNames,
  sizeProblems,
  type TerminalSize,
} from '../domain/guest-command.js';
import { type GuestContext, requireGuest } from './guest.js';
import type { GuestExit, GuestOutput, GuestProcess, Terminal } from './guest-ports.js';

/** What a caller sends: the command first. */
export type ExecRequest =
  | { readonly kind: 'command'; readonly command: ExecCommand }
  | { readonly kind: 'stdin'; readonly data: Uint8Array }
  | { readonly kind: 'end-of-input' }
  | { readonly kind: 'terminal-size'; readonly size: TerminalSize }
  | { readonly kind: 'signal'; readonly name: string };

export interface ExecCommand extends GuestCommand {
  /** Of the VM. */
  readonly name: string;
  readonly terminal?: Terminal;
  readonly timeoutMs?: number;
}

export type ExecResponse =
  | { readonly kind: 'started'; readonly pid: number }
  | ({ readonly kind: 'output' } & GuestOutput)
  | ({ readonly kind: 'exited'; readonly timedOut: boolean } & GuestExit);

/**
 * Runs a command in a guest: what it writes and how it ends, while what the caller sends is given to it. It ends when the
 * signal aborts. Fails with VM_WRONG_STATE and GUEST_UNREACHABLE.
 */
export async function* exec(
  vmm: GuestContext,
  requests: AsyncIterable<ExecRequest>,
  signal: AbortSignal,
): AsyncIterable<ExecResponse> {
  const input = requests[Symbol.asyncIterator]();
  const command = await firstCommand(input);
  const { name, terminal, timeoutMs } = command;
  const guest = requireGuest(vmm, name, `run a command in vm ${name}`);
  const process = await vmm.world.shells.start(guest, { command, ...(terminal && { terminal }) }, signal);
  const limit = new Limit(process, timeoutMs);
  let hasEnded = false;
  try {
    yield { kind: 'started', pid: process.pid ?? 0 };
    for await (const output of readWhileFed(process, input, signal)) yield { kind: 'output', ...output };
    const exit = await limit.exit();
    hasEnded = true;
    yield { kind: 'exited', ...exit, timedOut: limit.hasPassed };
  } finally {
    limit.stop();
    if (!hasEnded) process.abandon();
  }
}

async function firstCommand(input: AsyncIterator<ExecRequest>): Promise<ExecCommand> {
  const { value } = await input.next();
  const first = value as ExecRequest | undefined;
  if (first?.kind !== 'command')
    throw invalidRequest('run a command', [{ field: 'command', description: 'must be in the first request' }]);
  const { command } = first;
  const problems = commandProblems(command, command.terminal, command.timeoutMs);
  if (command.name === '') problems.unshift({ field: 'name', description: 'must be given' });
  if (problems.length > 0) throw invalidRequest(`run a command in vm ${command.name}`, problems);
  return command;
}

/** What a process writes, while it is given what the caller sends. A request that is wrong ends both. */
async function* readWhileFed(process: GuestProcess, input: AsyncIterator<ExecRequest>, signal: AbortSignal) {
  const wrong = new AbortController();
  feed(process, input).catch((error) => wrong.abort(error));
  const over = AbortSignal.any([signal, wrong.signal]);
  const output = process.output[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await unlessAborted(output.next(), over);
    if (done) return;
    yield value;
  }
}

async function feed(process: GuestProcess, input: AsyncIterator<ExecRequest>): Promise<void> {
  for (;;) {
    const { done, value } = await input.next();
    if (done) return process.endInput();
    await give(process, value);
  }
}

async function give(process: GuestProcess, request: ExecRequest): Promise<void> {
  const refused = (field: string, description: string) =>
    invalidRequest('go on with a command', [{ field, description }]);
  switch (request.kind) {
    case 'stdin':
      return process.write(request.data);
    case 'end-of-input':
      return process.endInput();
    case 'terminal-size': {
      const [problem] = sizeProblems(request.size);
      if (problem) throw refused('terminal_size', problem.description);
      return process.resize(request.size);
    }
    case 'signal':
      if (!isSignalName(request.name)) throw refused('signal', `must be one of ${signalNames.join(', ')}`);
      return process.signal(request.name);
    default:
      throw refused('command', 'must be in the first request only');
  }
}

/** How long a process may run. */
class Limit {
  readonly #timer: NodeJS.Timeout | undefined;
  hasPassed = false;

  constructor(
    private readonly process: GuestProcess,
    timeoutMs: number | undefined,
  ) {
    if (timeoutMs !== undefined) this.#timer = setTimeout(() => this.#pass(), timeoutMs);
  }

  /** One that had to be cut off has no exit code of its own. */
  exit(): Promise<GuestExit> {
    const exit = this.process.exit();
    return this.hasPassed ? exit.catch(() => ({ code: 137, signal: 'KILL' })) : exit;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #pass(): void {
    this.hasPassed = true;
    // What cannot be ended is cut off all the same.
    this.process.end().catch(() => undefined);
  }
}
