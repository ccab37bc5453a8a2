// Generates from proto/ what programs read. gen/: the TypeScript of every message and service, the descriptors that
// reflection serves, and the names of the methods that change nothing. clients/: Go and Python.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The programs of clients/buf.gen.yaml, and the Debian packages that have them. */
const clientPlugins = {
  'protoc-gen-go': 'protoc-gen-go',
  'protoc-gen-go-grpc': 'protoc-gen-go-grpc',
  protoc: 'protobuf-compiler',
  grpc_python_plugin: 'protobuf-compiler-grpc',
};

const buf = (...args) => execFileSync('node_modules/.bin/buf', args, { stdio: ['ignore', 'inherit', 'inherit'] });

buf('generate');
const folder = mkdtempSync(join(tmpdir(), 'banger-generate-'));
try {
  const build = (from, name) => {
    const file = join(folder, name);
    buf('build', from, '--exclude-source-info', '--as-file-descriptor-set', '-o', file);
    return readFileSync(file);
  };
  const base64 = build('proto', 'ours.binpb').toString('base64');
  const header = '/** The descriptors of every proto file, as a google.protobuf.FileDescriptorSet in base64. */\n';
  writeFileSync('gen/descriptors.ts', `${header}export const descriptorSet =\n  '${base64}';\n`);
  writeFileSync('gen/read-only.ts', readOnlyMethods(JSON.parse(build('proto', 'ours.json').toString())));
} finally {
  rmSync(folder, { recursive: true });
}
generateClients();

/** Last: gen/ is there also where its plugins are not. */
function generateClients() {
  const missing = Object.keys(clientPlugins).filter((program) => !isProgram(program));
  if (missing.length > 0) {
    const packages = missing.map((program) => clientPlugins[program]).join(' ');
    console.error(`cannot generate clients/: ${missing.join(', ')} not found; run: apt-get install -y ${packages}`);
    process.exitCode = 1;
    return;
  }
  rmSync('clients/go/gen', { recursive: true, force: true });
  for (const name of readdirSync('clients/python', { recursive: true })) {
    if (/_pb2(_grpc)?\.pyi?$/.test(name)) rmSync(join('clients/python', name));
  }
  buf('generate', '--template', 'clients/buf.gen.yaml');
}

function isProgram(name) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((path) => existsSync(join(path, name)));
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
