import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A TypeScript program in a process of its own. */
export interface RunningProgram {
  readonly child: ChildProcess;
  /** The next line of its standard output; rejects when it ends instead. */
  nextLine(): Promise<string>;
  /** Its exit code, or the signal that ended it, and what it wrote to standard error. */
  readonly ended: Promise<{ code: number | string | null; stderr: string }>;
  /** Kills it if it still runs, and removes what was built. */
  dispose(): Promise<void>;
}

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** Builds and starts `entry`, a path below the repository's root. Built there, so that it finds its packages. */
export async function runTypeScript(
  entry: string,
  options: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<RunningProgram> {
  const outfile = `${repository}.cache/test/${randomBytes(6).toString('hex')}.mjs`;
  const common = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const;
  await build({ ...common, entryPoints: [repository + entry], outfile });
  const child = spawn(process.execPath, [outfile, ...(options.args ?? [])], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<{ code: number | string | null; stderr: string }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code: code ?? signal, stderr: Buffer.concat(stderr).toString() }));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    ended,
    async nextLine() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`it ended: ${JSON.stringify(await ended)}`);
      return value;
    },
    async dispose() {
      child.kill('SIGKILL');
      await ended;
      await rm(outfile, { force: true });
    },
  };
}
