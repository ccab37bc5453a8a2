import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tempFolder } from '../lib/testing/temp-folder.js';

/** buf starts its plugins anew for each run; on a busy machine that takes its time. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeAll(async () => {
  folder = await tempFolder();
});
afterAll(() => folder.remove());

/** Fails with what the program said. */
function run(program: string, args: readonly string[], cwd = '.'): string {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`);
  }
}

const buf = (...args: string[]) => run(resolve('node_modules/.bin/buf'), args);

function contents(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(root, name)).isFile(),
  );
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(root, name), 'utf8')]));
}

/** The files of a checkout that are generated, with their contents. */
function generatedIn(checkout: string): Record<string, string> {
  const roots = ['gen', 'clients/go/gen', 'clients/python'];
  const all = roots.flatMap((root) =>
    Object.entries(contents(join(checkout, root))).map(([name, text]) => [join(root, name), text] as const),
  );
  return Object.fromEntries(
    all.filter(([name]) => !name.startsWith('clients/python') || /_pb2(_grpc)?\.pyi?$/.test(name)),
  );
}

test('gen/ and clients/ are what proto/ says; after a change run `npm run generate`', () => {
  const copy = join(folder.path, 'checkout');
  mkdirSync(copy);
  for (const name of ['proto', 'scripts', 'buf.yaml', 'buf.gen.yaml', 'package.json']) {
    cpSync(name, join(copy, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  for (const name of ['gen', 'clients/python']) mkdirSync(join(copy, name), { recursive: true });
  cpSync('clients/buf.gen.yaml', join(copy, 'clients/buf.gen.yaml'));
  // What no proto file makes any more goes.
  writeFileSync(join(copy, 'clients/python/gone_pb2.py'), '');
  run(process.execPath, ['scripts/generate.mjs'], copy);
  const [fresh, committed] = [generatedIn(copy), generatedIn('.')];
  expect(Object.keys(committed)).toEqual(Object.keys(fresh));
  const stale = Object.keys(fresh).filter((name) => fresh[name] !== committed[name]);
  expect(stale).toEqual([]);
});

test('docs/reference is what the commands and proto/ say; after a change run `npm run generate`', () => {
  const fresh = join(folder.path, 'reference');
  run(process.execPath, ['scripts/generate-docs.mjs', fresh]);
  const [expected, committed] = [contents(fresh), contents('docs/reference')];
  expect(Object.keys(committed)).toEqual(Object.keys(expected));
  const stale = Object.keys(expected).filter((name) => expected[name] !== committed[name]);
  expect(stale).toEqual([]);
});

test('the contract follows the rules, and every element of it is documented', () => {
  buf('lint');
});

test('an element without documentation would be found', () => {
  const module = join(folder.path, 'undocumented');
  mkdirSync(join(module, 'proto/banger/x/v1'), { recursive: true });
  cpSync('buf.yaml', join(module, 'buf.yaml'));
  const text = 'syntax = "proto3";\npackage banger.x.v1;\nmessage Bare {}\n';
  writeFileSync(join(module, 'proto/banger/x/v1/x.proto'), text);
  expect(() => buf('lint', module)).toThrow(/Bare.* should have a non-empty comment/);
});

/**
 * What clients have been built against: the last release's contract, else the one of the main branch where this change
 * goes, else the commit before. A shallow clone may have none of them; then there is nothing to compare with, and that is
 * said by comparing the contract with itself.
 */
function formerContract(): string {
  const git = (...args: string[]) => {
    try {
      return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return '';
    }
  };
  const head = git('rev-parse', '--verify', '--quiet', 'HEAD');
  const release = git('describe', '--tags', '--abbrev=0', '--match', 'v*');
  const candidates = [release, 'refs/remotes/origin/main', 'refs/heads/main', 'HEAD~1'].filter((ref) => ref !== '');
  const commits = candidates.map((ref) => git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`));
  const former = commits.find((commit) => commit !== '' && commit !== head) ?? head;
  if (former === '' || git('ls-tree', former, 'proto') === '') return 'proto';
  const target = join(folder.path, 'former');
  mkdirSync(target);
  const archive = join(folder.path, 'former.tar');
  run('git', ['archive', '--output', archive, former, 'proto', 'buf.yaml']);
  run('tar', ['-xf', archive, '-C', target]);
  return target;
}

test('the contract breaks no client', () => {
  buf('breaking', '--against', formerContract());
});

test('a field that a client needs and that is gone would be found', () => {
  const changed = join(folder.path, 'changed');
  for (const name of ['proto', 'buf.yaml']) cpSync(name, join(changed, name), { recursive: true });
  const path = join(changed, 'proto/banger/dnsd/v1/dns_service.proto');
  writeFileSync(path, readFileSync(path, 'utf8').replace('string name = 1;', 'string label = 1;'));
  expect(() => buf('breaking', changed, '--against', '.')).toThrow(/Field "1" .*name/);
});
