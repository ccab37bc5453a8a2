// The npm packages that an installed banger needs, and which of their files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Dependencies that a package declares and that no run of ours loads. */
const unused = {
  // It fetches a compiled binding while the package is being installed.
  'better-sqlite3': ['prebuild-install'],
};
/** Types are for compilers. */
const isTypes = (name) => name.startsWith('@types/');

/** Folders, relative to the root, of the packages of those names and of all that they need; sorted. */
export function packageFolders(root, names) {
  const folders = new Set();
  const add = (name, from) => {
    const folder = resolveFolder(root, name, from);
    if (folders.has(folder)) return;
    folders.add(folder);
    const { dependencies = {} } = manifestOf(root, folder);
    const needed = Object.keys(dependencies).filter((each) => !isTypes(each) && !unused[name]?.includes(each));
    for (const each of needed) add(each, folder);
  };
  for (const name of names) add(name, '');
  return [...folders].sort();
}

/** As Node looks for it: beside the package, then further out. */
function resolveFolder(root, name, from) {
  for (let folder = from; ; folder = outer(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(root, candidate, 'package.json'))) return candidate;
    if (folder === '')
      throw new Error(`cannot find the npm package ${name}, needed by ${from || 'banger'}: run npm ci`);
  }
}

function outer(folder) {
  const parent = dirname(folder);
  return parent === '.' ? '' : parent;
}

export function manifestOf(root, folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** Code, data and terms; not types, maps, sources and manuals. */
const wanted = [/\.(js|cjs|mjs|json|proto)$/, /(^|\/)(licen[cs]e|notice|copying)[^/]*$/i];
const unwanted = /(^|\/)(tests?|__tests__|benchmarks?|examples?|docs?|\.github)\//;
/** Beside its binding better-sqlite3 has what it was compiled from. */
const binding = 'build/Release/better_sqlite3.node';
const bindingSources = /^(deps|src|build)\//;

/** The files of a package that an installed banger needs, relative to its folder; sorted. */
export function packageFiles(root, folder) {
  const isBinding = folder.endsWith('/better-sqlite3');
  return filesBelow(join(root, folder)).filter((path) => {
    if (isBinding && bindingSources.test(path)) return path === binding;
    return wanted.some((pattern) => pattern.test(path)) && !unwanted.test(path);
  });
}

/** All files below a folder but those of packages in it, relative to it; sorted. */
function filesBelow(folder, prefix = '') {
  const entries = readdirSync(join(folder, prefix), { withFileTypes: true });
  return entries
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => {
      const path = prefix + entry.name;
      return entry.isDirectory() ? filesBelow(folder, `${path}/`) : [path];
    })
    .sort();
}
