// Generates docs/reference: the commands, of what their --help is made of, and the contract, of the comments in proto/. Another folder
// may be given.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateDocuments } from './lib/reference.mjs';

const [target = 'docs/reference'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'banger-generate-'));
try {
  const json = join(folder, 'descriptors.json');
  const args = ['build', 'proto', '--as-file-descriptor-set', '-o', json];
  execFileSync('node_modules/.bin/buf', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  await generateDocuments(target, JSON.parse(readFileSync(json, 'utf8')));
} finally {
  rmSync(folder, { recursive: true });
}
