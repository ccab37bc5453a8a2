// What a build took from npm packages, by esbuild's own account of it (its metafile).
import { builtinModules } from 'node:module';

/** The packages that the built files load when they run. A file by its path is an optional part of one that is in them. */
export function externalPackages({ outputs }) {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const names = imports.filter(({ external }) => external).map(({ path }) => packageName(path));
  return sorted(names.filter((name) => !/^(node:|\.)/.test(name) && !builtinModules.includes(name)));
}

/** The folders of the packages whose code is in the built files. */
export function inlinedPackages({ inputs }) {
  return sorted(Object.keys(inputs).flatMap((path) => packageFolder(path) ?? []));
}

/** "@grpc/grpc-js" of "@grpc/grpc-js/build/src/status.js". */
function packageName(specifier) {
  const [first, second] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** "node_modules/a/node_modules/@b/c" of a file in it; undefined for a file of ours. */
function packageFolder(path) {
  const start = path.lastIndexOf('node_modules/');
  if (start < 0) return undefined;
  const inside = start + 'node_modules/'.length;
  return path.slice(0, inside) + packageName(path.slice(inside));
}

function sorted(names) {
  return [...new Set(names)].sort();
}
