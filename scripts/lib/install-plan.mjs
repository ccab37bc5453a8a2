// What an installation consists of: every file below PREFIX, and what is in it.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { copyright, nodeLicense } from './copyright.mjs';
import { packageFiles, packageFolders } from './runtime-packages.mjs';

/** The program and what it needs, apart from what people and other programs look for. */
export const home = 'libexec/banger';
/** Where an installed banger looks for a runtime bundle; docs/install.md. */
const bundle = 'lib/banger';

/**
 * Everything to be installed from the checkout at `root`: `path` below PREFIX, its `mode`, and either the `source` file
 * or the `text` (or bytes) in it, or the target of a `link`. `withNode` puts the Node that runs this in the tree; without
 * it the launchers take the one at `node`, or else the first on the PATH.
 */
export function installPlan({ root, prefix, withNode = false, node = process.execPath, vendor = false }) {
  return [
    ...program(root),
    ...(withNode ? [{ path: `${home}/bin/node`, source: realpathSync(process.execPath), mode: 0o755 }] : []),
    ...['banger', 'bangerd'].map((name) => launcher(root, name, withNode ? '' : node)),
    ...systemd(root, prefix),
    ...reference(root, vendor),
    ...documents(root, withNode),
    ...tree(root, 'runtime', bundle),
  ];
}

function program(root) {
  const { external } = JSON.parse(read(root, 'dist/packages.json'));
  const packages = packageFolders(root, external);
  const { name, version } = JSON.parse(read(root, 'package.json'));
  const manifest = { name, version, type: 'module', nodeAbi: process.versions.modules };
  return [
    { path: `${home}/package.json`, text: `${JSON.stringify(manifest, null, 2)}\n`, mode: 0o644 },
    ...['banger', 'bangerd'].map((file) => copy(root, `bin/${file}`, `${home}/bin/${file}`, 0o755)),
    ...['check-node.js', 'package.json'].map((file) => copy(root, `bin/${file}`, `${home}/bin/${file}`)),
    ...['cli', 'services', 'supervisor'].flatMap((folder) => tree(root, `dist/${folder}`, `${home}/dist/${folder}`)),
    ...packages.flatMap((folder) =>
      packageFiles(root, folder).map((file) => copy(root, `${folder}/${file}`, `${home}/${folder}/${file}`)),
    ),
  ];
}

function launcher(root, name, node) {
  const text = read(root, 'packaging/launcher.sh').replaceAll('@PROGRAM@', name).replaceAll('@NODE@', shellWord(node));
  return { path: `bin/${name}`, text, mode: 0o755 };
}

function systemd(root, prefix) {
  const units = ['banger.service', 'banger-vm@.service'].map((name) => {
    const text = read(root, `packaging/systemd/${name}`).replaceAll('@PREFIX@', prefix);
    return { path: `lib/systemd/system/${name}`, text, mode: 0o644 };
  });
  return [...units, copy(root, 'packaging/systemd/sysusers.conf', 'lib/sysusers.d/banger.conf')];
}

/** Manuals and completions. Debian's zsh looks for those of packages in a folder of its own. */
function reference(root, vendor) {
  return tree(root, 'dist/share', 'share').map((entry) => {
    if (entry.path.startsWith('share/man/')) {
      const bytes = gzipSync(readFileSync(entry.source), { level: 9 });
      return { path: `${entry.path}.gz`, text: bytes, mode: 0o644 };
    }
    return vendor ? { ...entry, path: entry.path.replace('/site-functions/', '/vendor-completions/') } : entry;
  });
}

function documents(root, withNode) {
  const folder = 'share/doc/banger';
  const node = withNode ? nodeLicense() : undefined;
  return [
    ...['README.md', 'CHANGELOG.md', 'LICENSE'].map((file) => copy(root, file, `${folder}/${file}`)),
    ...tree(root, 'docs', `${folder}/docs`),
    { path: `${folder}/copyright`, text: copyright(root, node), mode: 0o644 },
  ];
}

/** All files below a folder of the checkout; none when it is not there. Programs stay programs. */
function tree(root, from, to) {
  if (!existsSync(join(root, from))) return [];
  const entries = readdirSync(join(root, from), { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return files.sort().map((file) => {
    const inside = file.slice(join(root, from).length + 1);
    const mode = statSync(file).mode & 0o111 ? 0o755 : 0o644;
    return { path: `${to}/${inside}`, source: file, mode };
  });
}

function copy(root, from, to, mode = 0o644) {
  return { path: to, source: join(root, from), mode };
}

/** The folders that hold them, each before what is in it; PREFIX itself is "". */
export function foldersOf(entries) {
  const folders = new Set();
  for (const { path } of entries) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  return ['', ...[...folders].sort()];
}

function read(root, path) {
  return readFileSync(join(root, path), 'utf8');
}

function shellWord(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
