import { type Paths, resolvePaths } from '../lib/paths.js';
import { type Clients, openClients } from './clients.js';
import { interrupted } from './errors.js';
import type { Input } from './keyboard.js';
import type { Output } from './render/output.js';
import { createProgress, type Progress } from './render/progress.js';

export interface Surroundings {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  /** Calls back at each Ctrl-C (or SIGTERM); returns how to stop that. */
  onInterrupt(callback: (signal: NodeJS.Signals) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** What a command works with. */
export interface Context {
  readonly paths: Paths;
  readonly env: Surroundings['env'];
  readonly uid: number;
  readonly json: boolean;
  /** Clients of the services. Nothing is connected, and nothing of gRPC loaded, before the first call. */
  readonly clients: Clients;
  readonly progress: Progress;
  /** Whether progress is one line that changes. */
  readonly liveProgress: boolean;
  /** Aborts at the first Ctrl-C, with an INTERRUPTED error. */
  readonly signal: AbortSignal;
  readonly stdin: Input;
  /** Writes to standard output as it is. */
  write(data: string | Uint8Array): void;
  /** As `write`, or to standard error; resolves when the other side has taken it. */
  writeAll(data: Uint8Array, to?: 'stdout' | 'stderr'): Promise<void>;
  readonly outputIsTerminal: boolean;
  /** Standard output, for what draws on the whole of a terminal. */
  readonly output: Output;
  /** A line for the person, on standard error; nothing with --json or --quiet. */
  note(line: string): void;
  /** Gives Ctrl-C and SIGTERM to `to` instead, until the returned function is called. */
  yieldInterrupts(to: (signal: NodeJS.Signals) => void): () => void;
}

export interface ContextHandle {
  readonly context: Context;
  close(): void;
}

export function createContext(around: Surroundings, options: GlobalOptions): ContextHandle {
  const paths = resolvePaths(around.env, around.uid);
  const silent = options.json || options.quiet;
  const interrupt = new AbortController();
  const clients = openClients(paths);
  const progress = createProgress(around.stderr, silent);
  let other: ((signal: NodeJS.Signals) => void) | undefined;
  const unlisten = around.onInterrupt((signal) => {
    if (other) return other(signal);
    // The second one is meant: nothing is waited for.
    if (interrupt.signal.aborted) around.exit(130);
    interrupt.abort(interrupted('interrupted'));
  });
  const context: Context = {
    paths,
    env: around.env,
    uid: around.uid,
    json: options.json,
    clients,
    progress,
    liveProgress: around.stderr.isTTY === true,
    signal: interrupt.signal,
    get stdin() {
      return around.stdin;
    },
    write: (data) => void around.stdout.write(data),
    writeAll: (data, to = 'stdout') =>
      new Promise((resolve, reject) => {
        around[to].write(data, (error) => (error ? reject(error) : resolve()));
      }),
    outputIsTerminal: around.stdout.isTTY ?? false,
    output: around.stdout,
    note: (line) => {
      if (!silent) around.stderr.write(`${line}\n`);
    },
    yieldInterrupts: (to) => {
      other = to;
      return () => {
        other = undefined;
      };
    },
  };
  const close = () => {
    progress.end();
    unlisten();
    clients.close();
  };
  return { context, close };
}
