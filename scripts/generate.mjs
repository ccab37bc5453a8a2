// Generates gen/ from proto/: the TypeScript of every message and service, and the descriptors that reflection serves.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const buf = (...args) => execFileSync('node_modules/.bin/buf', args, { stdio: ['ignore', 'inherit', 'inherit'] });

buf('generate');
const folder = mkdtempSync(join(tmpdir(), 'banger-generate-'));
try {
  const image = join(folder, 'descriptors.binpb');
  buf('build', 'proto', '--exclude-source-info', '--as-file-descriptor-set', '-o', image);
  const base64 = readFileSync(image).toString('base64');
  const header = '/** The descriptors of every proto file, as a google.protobuf.FileDescriptorSet in base64. */\n';
  writeFileSync('gen/descriptors.ts', `${header}export const descriptorSet =\n  '${base64}';\n`);
} finally {
  rmSync(folder, { recursive: true });
}
