// Runs long steps and shows how they go: one line that counts the seconds on a terminal, plain lines elsewhere.
import { spawn } from 'node:child_process';
import { limitGroup } from './process-group.mjs';

const out = process.stderr;

/** Runs `work`, showing `title` and the elapsed time; `work` gets a function that shows what it is doing now. */
export async function step(title, work) {
  const start = performance.now();
  const elapsed = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  let detail = '';
  const show = () => out.isTTY && out.write(`\r\x1b[K  ${title} … ${elapsed()}  ${detail}`.slice(0, out.columns + 4));
  if (!out.isTTY) out.write(`  ${title} …\n`);
  const timer = setInterval(show, 200);
  try {
    const result = await work((text) => {
      detail = text;
    });
    const note = typeof result === 'string' ? `  ${result}` : '';
    out.write(`${out.isTTY ? '\r\x1b[K' : ''}✓ ${title}  ${elapsed()}${note}\n`);
    return result;
  } catch (error) {
    out.write(`${out.isTTY ? '\r\x1b[K' : ''}✗ ${title}  ${elapsed()}\n`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs a program to its end; resolves with its standard output, rejects with the end of what it said. One that has not
 * ended after `limitMs` is killed with its process group; the error has `wasKilled`.
 */
export function run(argv, { onLine = () => {}, cwd, env, onStderr, limitMs } = {}) {
  const [program, ...args] = argv;
  const stdio = ['ignore', 'pipe', 'pipe'];
  const detached = limitMs !== undefined;
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio, detached });
  let stdout = '';
  let tail = '';
  const hear = (chunk) => {
    tail = (tail + chunk).slice(-4000);
    onLine(
      String(chunk)
        .trim()
        .split(/[\r\n]/)
        .at(-1) ?? '',
    );
  };
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    hear(chunk);
  });
  child.stderr.on('data', onStderr ?? hear);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    if (limitMs !== undefined) {
      // What left the group may keep the pipes open: nobody waits for their end.
      limitGroup(child, limitMs, () => {
        for (const pipe of [child.stdout, child.stderr]) pipe.destroy();
        const message = `${argv.join(' ')} had not ended after ${limitMs / 1000} s, and was killed\n${tail.trim()}`;
        reject(Object.assign(new Error(message), { wasKilled: true }));
      });
    }
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      reject(new Error(`${argv.join(' ')} ended with ${signal ?? `exit code ${code}`}\n${tail.trim()}`));
    });
  });
}
