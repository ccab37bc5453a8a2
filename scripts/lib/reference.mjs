// Writes the manual and the completions of shells, which cli/reference makes of the commands.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Writes them below `folder`. */
export async function generateReference(folder, version) {
  const entryPoints = ['cli/reference/main.ts'];
  const common = {
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    external: ['./screen/main.js'],
  };
  // In this folder, so that it finds its packages.
  const outfile = join(folder, 'reference.mjs');
  await build({ ...common, entryPoints, outfile, logLevel: 'warning' });
  const { reference } = await import(new URL(outfile, `file://${process.cwd()}/`));
  for (const [path, text] of Object.entries(await reference(version))) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  rmSync(outfile);
}
