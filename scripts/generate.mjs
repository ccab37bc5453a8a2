// Generates gen/ from proto/: the TypeScript of every message and service, the descriptors that reflection serves, and
// the names of the methods that change nothing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const buf = (...args) => execFileSync('node_modules/.bin/buf', args, { stdio: ['ignore', 'inherit', 'inherit'] });

buf('generate');
const folder = mkdtempSync(join(tmpdir(), 'banger-generate-'));
try {
  const image = join(folder, 'descriptors.binpb');
  const build = (file) => buf('build', 'proto', '--exclude-source-info', '--as-file-descriptor-set', '-o', file);
  build(image);
  const base64 = readFileSync(image).toString('base64');
  const header = '/** The descriptors of every proto file, as a google.protobuf.FileDescriptorSet in base64. */\n';
  writeFileSync('gen/descriptors.ts', `${header}export const descriptorSet =\n  '${base64}';\n`);
  const json = join(folder, 'descriptors.json');
  build(json);
  writeFileSync('gen/read-only.ts', readOnlyMethods(JSON.parse(readFileSync(json, 'utf8'))));
} finally {
  rmSync(folder, { recursive: true });
}

/** A method says so by `option idempotency_level = NO_SIDE_EFFECTS`. */
function readOnlyMethods({ file }) {
  const paths = file.flatMap((each) =>
    (each.service ?? []).flatMap(({ name, method = [] }) =>
      method
        .filter(({ options }) => options?.idempotencyLevel === 'NO_SIDE_EFFECTS')
        .map((one) => `/${each.package}.${name}/${one.name}`),
    ),
  );
  const header = '/** The methods of ours that change nothing, as the wire names them. */\n';
  const lines = paths.sort().map((path) => `  '${path}',\n`);
  return `${header}export const readOnlyMethods: ReadonlySet<string> = new Set([\n${lines.join('')}]);\n`;
}
