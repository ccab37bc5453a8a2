// Builds dist/: a script per service and for the supervisor, and the CLI in pieces, all with their npm packages in them, for
// start-up is what people feel; the screen of `banger tui` lies beside the CLI.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { externalPackages, inlinedPackages } from './lib/built-packages.mjs';
import { bundleCli } from './lib/cli-bundle.mjs';
import { completeDaemons, daemonLoader, daemons as daemonOptions } from './lib/daemon-bundles.mjs';
import { generateReference } from './lib/reference.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
/** Made beside the old build and then put in its place: a service that restarts meanwhile finds the one or the other. */
const [fresh, former] = ['dist.new', 'dist.old'];
const common = { bundle: true, platform: 'node', target: 'node20', outbase: '.', outdir: fresh, logLevel: 'warning' };

const daemons = { ...common, ...daemonOptions };
/** The screen of `banger tui`: Ink waits at its top level, which CommonJS cannot, and nobody else pays for it. */
const screen = {
  ...common,
  entryPoints: ['cli/tui/screen/main.tsx'],
  format: 'esm',
  minify: true,
  jsx: 'automatic',
  // Tools for those who work on React; and whoever looks at a terminal is no CI, whatever the environment says.
  alias: {
    'react-devtools-core': './scripts/nothing.mjs',
    'is-in-ci': './scripts/not-in-ci.mjs',
    '#supports-color': './scripts/sixteen-colours.mjs',
  },
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
};

/** The same sources give the same id, so that a running daemon can be told from a newer build. */
async function buildId() {
  const results = await Promise.all([daemons, screen].map((options) => build({ ...options, write: false })));
  const { files } = await bundleCli({});
  const hash = createHash('sha256').update(daemonLoader);
  for (const file of results.flatMap((result) => result.outputFiles)) hash.update(file.contents);
  for (const text of files.values()) hash.update(text);
  return hash.digest('hex').slice(0, 12);
}

for (const folder of [fresh, former]) rmSync(folder, { recursive: true, force: true });
const id = await buildId();
const define = { BUILD_ID: JSON.stringify(id), VERSION: JSON.stringify(version) };
const builtDaemons = await build({ ...daemons, define: { ...daemons.define, ...define }, metafile: true });
await completeDaemons(fresh);
const summaries = await generateReference(`${fresh}/share`, version);
const builtCli = await bundleCli({ ...define, SUMMARIES: JSON.stringify(summaries) });
mkdirSync(`${fresh}/cli`, { recursive: true });
// bin/banger keys its code cache on the first line.
for (const [name, text] of builtCli.files) writeFileSync(`${fresh}/cli/${name}`, `// ${id}\n${text}\n`);
const builtScreen = await build({ ...screen, metafile: true });
const inlined = [builtDaemons, builtCli, builtScreen].flatMap(({ metafile }) => inlinedPackages(metafile));
const packages = { external: externalPackages(builtDaemons.metafile), inlined: [...new Set(inlined)].sort() };
writeFileSync(`${fresh}/packages.json`, `${JSON.stringify(packages, null, 2)}\n`);
for (const folder of ['services/imaged/images', 'services/imaged/guest']) {
  cpSync(folder, `${fresh}/${folder}`, { recursive: true });
}
if (existsSync('dist')) renameSync('dist', former);
renameSync(fresh, 'dist');
rmSync(former, { recursive: true, force: true });
