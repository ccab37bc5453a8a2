// The CLI in pieces, of which each run loads what it needs: main.cjs with what every command needs, and one file each for the
// rest. A piece is a script of functions that take (module, require), for V8's code cache takes scripts only: bin/banger.
import { basename } from 'node:path';
import { build, transform } from 'esbuild';

/** Reading a file of its own costs more than to have this much too many in main.cjs, which is read every time. */
const smallBytes = 6 * 1024;

const options = {
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  outdir: 'dist/cli',
  logLevel: 'warning',
  entryPoints: ['cli/main.ts'],
  format: 'esm',
  minify: true,
  metafile: true,
  write: false,
  alias: {
    // yargs lays out help with string-width, whose Intl.Segmenter takes 20 ms to make, at every start.
    'string-width': './scripts/ascii-width.mjs',
    // For channelz, which nobody asks for; it brings the whole of protobufjs.
    '@grpc/proto-loader': './scripts/nothing.mjs',
  },
  external: ['./screen/main.js'],
};

/** Resolves with the files of dist/cli by their names, and esbuild's account of them. */
export async function bundleCli(define) {
  const { outputFiles, metafile } = await build({ ...options, define: { ...define, 'import.meta.url': 'moduleUrl' } });
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const chunks = new Map(Object.entries(metafile.outputs).map(([path, chunk]) => [basename(path), chunk]));
  const inMain = namesInMain(chunks);
  const files = new Map();
  const pieces = await Promise.all([...texts].map(async ([name, text]) => [name, await functionOf(name, text)]));
  const main = pieces.filter(([name]) => inMain.has(name));
  files.set('main.cjs', `({${main.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',\n')}})`);
  for (const [name, text] of pieces) if (!inMain.has(name)) files.set(name, `(${text})`);
  return { files, metafile };
}

/** What main.js needs in any case, and what is small and shared. */
function namesInMain(chunks) {
  const names = new Set();
  const add = (name) => {
    if (names.has(name)) return;
    names.add(name);
    for (const { path, kind } of chunks.get(name).imports) {
      if (kind === 'import-statement' && chunks.has(basename(path))) add(basename(path));
    }
  };
  add('main.js');
  for (const [name, { bytes, entryPoint }] of chunks) if (!entryPoint && bytes <= smallBytes) names.add(name);
  return names;
}

async function functionOf(name, text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: true,
    supported: { 'dynamic-import': false },
    sourcefile: name,
  });
  return `function(module,require,moduleUrl,importBeside){${code}\n}`;
}
