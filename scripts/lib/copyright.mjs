// Whose work an installation holds, and on which terms: one text, made of what the parts say themselves.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { manifestOf, packageFolders } from './runtime-packages.mjs';

const rule = `\n${'-'.repeat(78)}\n`;

/** The text; `node` is the licence of the Node that is installed with it, if one is. */
export function copyright(root, node) {
  const { external, inlined } = JSON.parse(readFileSync(join(root, 'dist/packages.json'), 'utf8'));
  const folders = [...new Set([...packageFolders(root, external), ...inlined])].sort();
  const parts = new Map(folders.map((folder) => partOf(root, folder)));
  const intro =
    'banger is licensed under the Apache License, version 2.0: see LICENSE beside this file, or\n' +
    '/usr/share/common-licenses/Apache-2.0 on Debian.\n\n' +
    'With it come the npm packages below, and what they are made of, each on its own terms.\n';
  const nodeParts = node === undefined ? [] : [`Node.js ${process.version}\n\n${node.trim()}\n`];
  return [intro, ...[...parts.values()].sort(), ...nodeParts].join(rule);
}

/** Several copies of one version are one part. */
function partOf(root, folder) {
  const { name, version, license, author } = manifestOf(root, folder);
  const texts = licenseTexts(join(root, folder));
  const says = texts.length > 0 ? texts.join('\n\n') : `By ${authorName(author)}; the package holds no further text.`;
  if (texts.length === 0 && !license) throw new Error(`cannot tell the licence of ${folder}: it says none`);
  return [`${name} ${version}`, `${name} ${version}, ${license}\n\n${says}\n`];
}

function licenseTexts(folder) {
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name));
  return names.sort().map((name) => readFileSync(join(folder, name), 'utf8').trim());
}

function authorName(author) {
  return (typeof author === 'string' ? author : author?.name) ?? 'its authors';
}

/** Beside the program in Node's own archives; with the documents where a distribution packaged it. */
export function nodeLicense(program = process.execPath) {
  const places = [
    join(dirname(program), '../LICENSE'),
    '/usr/share/doc/nodejs/LICENSE',
    '/usr/share/doc/nodejs/copyright',
    ...(process.env.NODE_LICENSE ? [process.env.NODE_LICENSE] : []),
  ];
  const found = places.toReversed().find((path) => existsSync(path));
  if (found !== undefined) return readFileSync(found, 'utf8');
  throw new Error(`cannot include Node: its licence is not in ${places.join(', ')}; say where with NODE_LICENSE=FILE`);
}
