import { on, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { ExecCommand, type ExecExited, type ExecRequest, type TerminalSize } from '../gen/banger/vmm/v1/vm_service.js';
import { unlessAborted } from '../lib/clock.js';
import type { Context } from './context.js';
import { interrupted, usageError } from './errors.js';
import { takeKeys } from './keyboard.js';

/** What timeout(1) ends with when the time was up. */
const timedOutCode = 124;

export interface ExecOptions {
  readonly command: Partial<ExecCommand> & Pick<ExecCommand, 'name' | 'arguments'>;
  /** Gives it a terminal that is as large as ours. */
  readonly tty: boolean;
  /** Whether it gets our standard input. */
  readonly input: boolean;
}

/** Refuses to lend a terminal that is none. */
export function requireTerminal({ stdin, outputIsTerminal }: Context): void {
  if (stdin.isTTY && outputIsTerminal) return;
  throw usageError([{ field: '--tty', description: 'needs a terminal: standard input and output are none here' }]);
}

/** Runs a command in a VM with our standard streams, and returns its exit code; 124 when its time was up. */
export async function execSession(ctx: Context, options: ExecOptions): Promise<number> {
  const session = new Session(ctx, options);
  try {
    return await session.run();
  } finally {
    session.end();
  }
}

class Session {
  readonly #requests = new PassThrough({ objectMode: true });
  readonly #over = new AbortController();
  readonly #undo: (() => void)[] = [];

  constructor(
    private readonly ctx: Context,
    private readonly options: ExecOptions,
  ) {}

  async run(): Promise<number> {
    const vmm = await this.ctx.clients.vmm();
    const signal = AbortSignal.any([this.ctx.signal, this.#over.signal]);
    this.#send({ $case: 'command', value: this.#command() });
    const requests = this.#requests as AsyncIterable<ExecRequest>;
    let exited: ExecExited | undefined;
    for await (const { response } of vmm.exec(requests, { signal })) {
      if (response?.$case === 'started') this.#begin();
      else if (response?.$case === 'exited') exited = response.value;
      else if (response) await unlessAborted(this.ctx.writeAll(response.value, response.$case), signal);
    }
    if (exited?.timedOut) return timedOutCode;
    return exited?.exitCode ?? 1;
  }

  end(): void {
    this.#over.abort();
    for (const undo of this.#undo) undo();
  }

  #command(): ExecCommand {
    const { command, tty } = this.options;
    const terminal = tty ? { terminal: this.#size(), terminalType: this.ctx.env.TERM ?? '' } : {};
    return ExecCommand.fromPartial({ ...command, ...terminal });
  }

  #size(): TerminalSize {
    const { columns = 80, rows = 24 } = this.ctx.output;
    return { columns, rows };
  }

  /** Only now: an error before is shown on a terminal as it was, and nothing is typed for nobody. */
  #begin(): void {
    const { ctx, options } = this;
    if (options.tty) {
      const resize = () => void this.#send({ $case: 'terminalSize', value: this.#size() });
      ctx.output.on?.('resize', resize);
      this.#undo.push(takeKeys(ctx.stdin), () => ctx.output.off?.('resize', resize));
    }
    this.#passSignals();
    if (options.input) void this.#passInput();
    else this.#send({ $case: 'endOfInput', value: {} });
  }

  /** The command decides what the first Ctrl-C means; the second ends it. */
  #passSignals(): void {
    let count = 0;
    const takeBack = this.ctx.yieldInterrupts((signal) => {
      count += 1;
      if (count > 1) this.#over.abort(interrupted('interrupted'));
      else this.#send({ $case: 'signal', value: signal.replace(/^SIG/, '') });
    });
    this.#undo.push(takeBack);
  }

  /** No faster than the command reads. */
  async #passInput(): Promise<void> {
    const { stdin } = this.ctx;
    const { signal } = this.#over;
    try {
      for await (const [data] of on(stdin, 'data', { signal, close: ['end'] })) {
        if (this.#send({ $case: 'stdin', value: data })) continue;
        stdin.pause();
        await once(this.#requests, 'drain', { signal });
        stdin.resume();
      }
      this.#send({ $case: 'endOfInput', value: {} });
    } catch (error) {
      if (!signal.aborted) this.#over.abort(error);
    } finally {
      stdin.pause();
    }
  }

  #send(request: NonNullable<ExecRequest['request']>): boolean {
    return this.#requests.write({ request } satisfies ExecRequest);
  }
}
