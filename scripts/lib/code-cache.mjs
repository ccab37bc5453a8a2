// Makes V8's code cache of a daemon's bundle, by starting it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const maker = fileURLToPath(new URL('make-code-cache.mjs', import.meta.url));
/** As in lib/host/lifeline.ts. */
const standingBy = { BANGER_LIFELINE_FD: '3', BANGER_STAND_BY: '1' };

/**
 * Writes main.cache beside the main.js in `folder`. What it holds is what is compiled up to where a service stands by: up to
 * there it touches nothing but its own folders, which are temporary ones here. The same bundle gives the same bytes.
 */
export async function writeCodeCache(folder) {
  const places = mkdtempSync(join(tmpdir(), 'banger-code-cache-'));
  try {
    const [state, run, config] = ['state', 'run', 'config.toml'].map((name) => join(places, name));
    mkdirSync(run);
    const own = { BANGER_STATE_DIR: state, BANGER_RUN_DIR: run, BANGER_CONFIG: config };
    // V8 seeds the hashes of strings at random, and they are in the cache.
    const child = spawn(process.execPath, ['--random-seed=1', maker], {
      env: { PATH: process.env.PATH, ...own, ...standingBy, MAKE_CODE_CACHE_IN: resolve(folder) },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    const words = [];
    child.stderr.on('data', (data) => words.push(data));
    // Ready, or gone: either way it ends when nobody holds it any more.
    const lifeline = child.stdio[3];
    lifeline.on('error', () => undefined);
    lifeline.once('data', () => lifeline.destroy());
    const [code, signal] = await ended;
    if (code !== 0)
      throw new Error(
        `cannot make the code cache of ${folder}: it ended with ${code ?? signal}: ${Buffer.concat(words)}`,
      );
  } finally {
    rmSync(places, { recursive: true });
  }
}
