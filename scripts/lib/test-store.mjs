// Builds the kernel and the Debian image once, with the real imaged, outside the network namespace of the tests: only
// here are the distribution's packages in reach. The suites copy what they need.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from './steps.mjs';

export function prepareStore(store, say) {
  return withImaged(store, async (env) => {
    await run(['bin/banger', 'kernel', 'build'], { env, onLine: say });
    await run(['bin/banger', 'image', 'build', 'debian'], { env, onLine: say });
  });
}

/** Runs an imaged of its own on the store at `store`, an absolute path, while `work` has its environment. */
export async function withImaged(store, work) {
  const folder = mkdtempSync(join(tmpdir(), 'bg-store-'));
  const runDir = join(folder, 'run');
  const env = {
    BANGER_STATE_DIR: join(folder, 'state'),
    BANGER_RUN_DIR: runDir,
    BANGER_CONFIG: join(folder, 'config.toml'),
    BANGER_IMAGED_STORE_DIR: store,
  };
  const program = ['dist/services/imaged/main.js'];
  const stdio = ['ignore', 'ignore', 'inherit'];
  const imaged = spawn(process.execPath, program, { env: { ...process.env, ...env }, stdio });
  const ended = new Promise((resolve) => imaged.once('exit', resolve));
  try {
    await Promise.race([listening(join(runDir, 'imaged.sock')), ended.then(giveUp)]);
    return await work(env);
  } finally {
    imaged.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true });
  }
}

async function listening(path) {
  while (!(await answers(path))) await delay(50);
}

function answers(path) {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function giveUp() {
  throw new Error('imaged ended before it served');
}
