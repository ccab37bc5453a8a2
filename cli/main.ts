import type { Surroundings } from './context.js';
import { run } from './run.js';
import { written } from './written.js';

/** `banger`: the real terminal, and the exit code. */

const around: Surroundings = {
  // Opened at the first use: most commands read nothing.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  uid: process.getuid?.() ?? 0,
  onInterrupt(callback) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, callback);
    return () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, callback);
    };
  },
  exit: (code) => process.exit(code),
};

// The reader has gone, as in `banger vm list | head -1`: there is nobody to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

run(process.argv.slice(2), around).then(async (code) => {
  await written(process.stdout, process.stderr);
  process.exit(code);
});
