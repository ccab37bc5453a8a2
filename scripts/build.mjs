// Builds dist/: a script per service and for the supervisor, and one for the CLI, each with its npm packages in it, for
// start-up is what people feel; the screen of `banger tui` lies beside the CLI.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { externalPackages, inlinedPackages } from './lib/built-packages.mjs';
import { completeDaemons, daemonLoader, daemons as daemonOptions } from './lib/daemon-bundles.mjs';
import { generateReference } from './lib/reference.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
/** Made beside the old build and then put in its place: a service that restarts meanwhile finds the one or the other. */
const [fresh, former] = ['dist.new', 'dist.old'];
/** Of `banger tui`, as the CLI imports it. */
const screenModule = './screen/main.js';
const common = { bundle: true, platform: 'node', target: 'node20', outbase: '.', outdir: fresh, logLevel: 'warning' };

const daemons = { ...common, ...daemonOptions };
/** CommonJS, for V8's code cache takes scripts only: bin/banger. */
const cli = {
  ...common,
  entryPoints: ['cli/main.ts'],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  minify: true,
  keepNames: true,
  // yargs lays out help with string-width, whose Intl.Segmenter takes 20 ms to make, at every start.
  alias: { 'string-width': './scripts/ascii-width.mjs' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'moduleUrl' },
  external: [screenModule],
};
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
  const results = await Promise.all([daemons, cli, screen].map((options) => build({ ...options, write: false })));
  const hash = createHash('sha256').update(daemonLoader);
  for (const file of results.flatMap((result) => result.outputFiles)) hash.update(file.contents);
  return hash.digest('hex').slice(0, 12);
}

for (const folder of [fresh, former]) rmSync(folder, { recursive: true, force: true });
const id = await buildId();
const define = { BUILD_ID: JSON.stringify(id), VERSION: JSON.stringify(version) };
const builtDaemons = await build({ ...daemons, define: { ...daemons.define, ...define }, metafile: true });
await completeDaemons(fresh);
// bin/banger keys its code cache on the first line.
const banner = { js: `// ${id}\n${cli.banner.js}` };
const builtCli = await build({ ...cli, banner, define: { ...cli.define, ...define }, metafile: true });
const builtScreen = await build({ ...screen, metafile: true });
const inlined = [builtDaemons, builtCli, builtScreen].flatMap(({ metafile }) => inlinedPackages(metafile));
const packages = { external: externalPackages(builtDaemons.metafile), inlined: [...new Set(inlined)].sort() };
writeFileSync(`${fresh}/packages.json`, `${JSON.stringify(packages, null, 2)}\n`);
await generateReference(`${fresh}/share`, version);
for (const folder of ['services/imaged/images', 'services/imaged/guest']) {
  cpSync(folder, `${fresh}/${folder}`, { recursive: true });
}
if (existsSync('dist')) renameSync('dist', former);
renameSync(fresh, 'dist');
rmSync(former, { recursive: true, force: true });
