// The npm packages that an installed banger needs, and which of their files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Dependencies that a package declares and that no run of ours loads. */
const unused = {
  // It fetches a compiled binding while the package is being installed.
  'better-sqlite3': ['prebuild-install'],
};
/** The builds of a package for several platforms, by a pattern of their names; the ones that are installed are taken. */
const platforms = { koffi: /^@koromix\/koffi-/ };
/** Types are for compilers. */
const isTypes = (name) => name.startsWith('@types/');

/** Folders, relative to the root, of the packages of those names and of all that they need; sorted. */
export function packageFolders(root, names) {
  const folders = new Set();
  const add = (name, from) => {
    const folder = resolveFolder(root, name, from);
    if (folders.has(folder)) return;
    folders.add(folder);
    const { dependencies = {}, optionalDependencies = {} } = manifestOf(root, folder);
    const needed = Object.keys(dependencies).filter((each) => !isTypes(each) && !unused[name]?.includes(each));
    for (const each of [...needed, ...installedPlatforms(root, name, Object.keys(optionalDependencies), folder)]) {
      add(each, folder);
    }
  };
  for (const name of names) add(name, '');
  return [...folders].sort();
}

/** Without any, the package could not be loaded where it is installed. */
function installedPlatforms(root, name, builds, folder) {
  const ofPlatforms = builds.filter((each) => platforms[name]?.test(each));
  const found = ofPlatforms.filter((each) => findFolder(root, each, folder) !== undefined);
  if (ofPlatforms.length > 0 && found.length === 0) throw new Error(`no build of ${name} is installed: run npm ci`);
  return found;
}

/** As Node looks for it: beside the package, then further out. */
function findFolder(root, name, from) {
  for (let folder = from; ; folder = outer(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(root, candidate, 'package.json'))) return candidate;
    if (folder === '') return undefined;
  }
}

function resolveFolder(root, name, from) {
  const found = findFolder(root, name, from);
  if (found !== undefined) return found;
  throw new Error(`cannot find the npm package ${name}, needed by ${from || 'banger'}: run npm ci`);
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
/** Packages with compiled code, which have more beside it: what it was compiled from, or builds for another libc. */
const compiled = [
  { folder: /\/better-sqlite3$/, binding: 'build/Release/better_sqlite3.node', besides: /^(deps|src|build)\// },
  { folder: /\/@koromix\/koffi-linux-\w+$/, binding: /^linux_\w+\/koffi\.node$/, besides: /^\w+\/koffi\.node$/ },
  { folder: /\/koffi$/, binding: /^$/, besides: /^(vendor|lib|cnoke\.cjs)/ },
];

/** The files of a package that an installed banger needs, relative to its folder; sorted. */
export function packageFiles(root, folder) {
  const parts = compiled.find((each) => each.folder.test(folder));
  return filesBelow(join(root, folder)).filter((path) => {
    if (parts?.besides.test(path)) return matches(parts.binding, path);
    return wanted.some((pattern) => pattern.test(path)) && !unwanted.test(path);
  });
}

function matches(pattern, path) {
  return typeof pattern === 'string' ? path === pattern : pattern.test(path);
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
