import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { writeCodeCache } from '../../scripts/lib/code-cache.mjs';
import { daemonLoader, daemons } from '../../scripts/lib/daemon-bundles.mjs';

/** What makes a program of `bundleDaemon`, all in its folder; the first is what is run. */
export const daemonFiles = ['main.js', 'main.cjs', 'main.cache'] as const;

/** Builds a program as the daemons of dist/ are built, with V8's code cache: suites start it again and again. */
export async function bundleDaemon(entry: string, folder: string, define: Record<string, string> = {}): Promise<void> {
  const { outExtension, ...options } = daemons;
  await mkdir(folder, { recursive: true });
  await build({
    ...{ ...options, format: 'cjs', bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' },
    entryPoints: [entry],
    outfile: join(folder, 'main.cjs'),
    define: { ...options.define, ...define },
  });
  await writeFile(join(folder, 'main.js'), daemonLoader);
  await writeCodeCache(folder);
}
