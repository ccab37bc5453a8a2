// Puts an installation in place, and takes it away: exactly the files of its list, and the folders that it made.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { foldersOf, home } from './install-plan.mjs';

/** What was installed, below PREFIX: {"files": [...], "folders": [...]}. */
const listPath = `${home}/installed.json`;

/** Writes the files of a plan below `folder`, where nothing is. Returns how many there are. */
export function writeTree(folder, entries) {
  for (const each of foldersOf(entries)) makeFolder(join(folder, each));
  for (const entry of entries) writeEntry(folder, entry);
  return entries.length;
}

/**
 * Writes the files of a plan below `folder`, each whole or not at all, so that a program that starts meanwhile finds one.
 * What a former installation had and this one has not is removed. Returns how many files there are.
 */
export function putInPlace(folder, entries) {
  const former = readList(folder) ?? { files: [], folders: [] };
  const folders = foldersOf([...entries, { path: listPath }]);
  const made = folders.filter((each) => makeFolder(join(folder, each)));
  const files = entries.map(({ path }) => path);
  // First, so that an installation that is broken off can be taken away.
  writeList(folder, { files: [...new Set([...former.files, ...files])], folders: union(former.folders, made) });
  for (const entry of entries) writeEntry(folder, entry);
  const kept = new Set(files);
  removeFiles(
    folder,
    former.files.filter((file) => !kept.has(file)),
  );
  const keptFolders = new Set(folders);
  const gone = former.folders.filter((each) => !keptFolders.has(each));
  removeFolders(folder, gone);
  writeList(folder, {
    files: files.toSorted(),
    folders: union(former.folders, made).filter((each) => !gone.includes(each)),
  });
  return files.length;
}

/** Removes what was installed below `folder`, and nothing else. Returns how many files there were. */
export function takeAway(folder) {
  const list = readList(folder);
  if (list === undefined) {
    throw new Error(
      `cannot uninstall from ${folder}: nothing is installed there; there is no ${join(folder, listPath)}`,
    );
  }
  removeFiles(folder, list.files);
  rmSync(join(folder, listPath));
  removeFolders(folder, list.folders);
  return list.files.length;
}

function readList(folder) {
  const path = join(folder, listPath);
  if (!existsSync(path)) return undefined;
  const { files, folders } = JSON.parse(readFileSync(path, 'utf8'));
  const outside = [...files, ...folders].find((each) => isAbsolute(each) || normalize(each).startsWith('..'));
  if (outside !== undefined) throw new Error(`cannot trust ${path}: "${outside}" is not below ${folder}`);
  return { files, folders };
}

function writeList(folder, list) {
  writeEntry(folder, { path: listPath, text: `${JSON.stringify(list, null, 1)}\n`, mode: 0o644 });
}

/** Whether it was made; its mode does not depend on the umask. */
function makeFolder(path) {
  if (existsSync(path)) return false;
  const parent = dirname(path);
  if (!existsSync(parent)) makeFolder(parent);
  mkdirSync(path);
  chmodSync(path, 0o755);
  return true;
}

function writeEntry(folder, { path, source, text, mode }) {
  const target = join(folder, path);
  const fresh = `${target}.new`;
  rmSync(fresh, { force: true });
  if (source === undefined) writeFileSync(fresh, text);
  else copyFileSync(source, fresh);
  chmodSync(fresh, mode);
  renameSync(fresh, target);
}

function removeFiles(folder, files) {
  for (const file of files) rmSync(join(folder, file), { force: true });
}

/** Those that are empty, the innermost first; others hold what is not ours. */
function removeFolders(folder, folders) {
  for (const each of folders.toSorted().toReversed()) {
    try {
      rmdirSync(join(folder, each));
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY'].includes(error.code)) throw error;
    }
  }
}

function union(some, others) {
  return [...new Set([...some, ...others])].sort();
}
