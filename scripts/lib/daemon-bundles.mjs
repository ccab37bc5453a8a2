// The daemons' part of dist/: each service and the supervisor as one script with its npm packages in it, main.cjs, what
// runs it, main.js, and the code cache for that, main.cache. docs/adr/0030-daemons-are-bundled.md says why.
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCodeCache } from './code-cache.mjs';

const services = ['netd', 'imaged', 'vmm', 'dnsd'];
const folders = [...services.map((name) => `services/${name}`), 'supervisor'];
const loader = 'scripts/daemon-main.mjs';

/** Compiled for one Node and one machine, or loaded from such: they stay beside, in node_modules. */
const native = ['better-sqlite3', 'koffi', '*.node'];

/** What zod says in other languages is a third of its code. */
const oneLanguage = {
  name: 'one language',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/zod\/.*\/locales\/index\.js$/ }, () => ({ contents: 'export {};' }));
  },
};

/** For esbuild. CommonJS, for V8's code cache takes scripts only. */
export const daemons = {
  entryPoints: folders.map((folder) => `${folder}/main.ts`),
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  external: native,
  // grpc-js reads proto files for channelz and ORCA alone, ssh2 asks the processor which cipher is faster; both can do without.
  alias: { '@grpc/proto-loader': './scripts/nothing.mjs', 'cpu-features': './scripts/nothing.mjs' },
  plugins: [oneLanguage],
  // Short lines and true names: stacks in logs are read by people.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  define: { 'import.meta.url': 'moduleUrl' },
  supported: { 'dynamic-import': false },
};

/** What the build id is of, beside the bundles. */
export const daemonLoader = readFileSync(loader);

/** Completes the bundles in `dist`. */
export async function completeDaemons(dist) {
  for (const folder of folders) copyFileSync(loader, join(dist, folder, 'main.js'));
  await Promise.all(folders.map((folder) => writeCodeCache(join(dist, folder))));
}
