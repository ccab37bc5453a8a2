// Writes the manual and the completions of shells, which cli/reference makes of the commands.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Writes them below `folder`; resolves with what each command says of itself, by its words. */
export async function generateReference(folder, version) {
  const { reference, summaries } = await loadReference(folder);
  writeAll(folder, await reference(version));
  return summaries();
}

/** Writes the documents that are made of the commands and of the contract, a FileDescriptorSet in JSON, below `folder`. */
export async function generateDocuments(folder, contract) {
  mkdirSync('.cache', { recursive: true });
  const { documents } = await loadReference('.cache');
  writeAll(folder, await documents(contract));
}

function writeAll(folder, texts) {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Bundles cli/reference into `folder` of the checkout, so that it finds its packages, and imports it. */
async function loadReference(folder) {
  const entryPoints = ['cli/reference/main.ts'];
  const common = {
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    external: ['./screen/main.js'],
  };
  const outfile = join(folder, `reference-${process.pid}.mjs`);
  await build({ ...common, entryPoints, outfile, logLevel: 'warning' });
  try {
    return await import(new URL(outfile, `file://${process.cwd()}/`));
  } finally {
    rmSync(outfile);
  }
}
