import { copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runCommand } from '../lib/host/command.js';
import { tempFolder } from '../lib/testing/temp-folder.js';

/** bin/banger and bin/bangerd, in a tree of their own. */

let folder: Awaited<ReturnType<typeof tempFolder>>;

beforeEach(async () => {
  folder = await tempFolder();
  cpSync('bin', join(folder.path, 'bin'), { recursive: true });
  copyFileSync('package.json', join(folder.path, 'package.json'));
});
afterEach(() => folder.remove());

/** A bundle that talks to a daemon, as far as the loader can tell. */
function build(id: string, code: string): void {
  mkdirSync(join(folder.path, 'dist/cli'), { recursive: true });
  writeFileSync(join(folder.path, 'dist/cli/main.cjs'), `// ${id}\nrequire('node:http2');\n${code}\n`);
}

const execute = (program = 'banger', cache = 'cache') =>
  runCommand([process.execPath, join(folder.path, 'bin', program)], {
    env: { XDG_CACHE_HOME: join(folder.path, cache) },
    okExitCodes: [0, 1],
  });

const caches = () => readdirSync(join(folder.path, 'cache/banger'));

test.each(['banger', 'bangerd'])('%s without a build says what to run, in one line', async (program) => {
  const { exitCode, stderr } = await execute(program);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^error: cannot [^\n]* not built; run `npm run build`\n$/);
});

test('an installed bangerd refuses a Node that its binding was not compiled for', async () => {
  writeFileSync(join(folder.path, 'package.json'), JSON.stringify({ type: 'module', nodeAbi: '93' }));
  const { exitCode, stderr } = await execute('bangerd');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^error: cannot run bangerd: [^\n]* module version 93, [^\n]* put that Node first on the PATH[^\n]*\n$/,
  );
});

test('the code cache is written once per build, and the older one goes', async () => {
  build('aaaaaaaaaaaa', 'console.log("one")');
  expect((await execute()).stdout).toBe('one\n');
  const first = caches();
  expect(first).toEqual([`cli-aaaaaaaaaaaa-${process.version}-${process.arch}`]);
  expect((await execute()).stdout).toBe('one\n');
  expect(caches()).toEqual(first);
  build('bbbbbbbbbbbb', 'console.log("two")');
  expect((await execute()).stdout).toBe('two\n');
  expect(caches()).toEqual([`cli-bbbbbbbbbbbb-${process.version}-${process.arch}`]);
});

test('a cache that is damaged, or has no place, changes nothing', async () => {
  build('aaaaaaaaaaaa', 'console.log("one")');
  await execute();
  writeFileSync(join(folder.path, 'cache/banger', caches()[0] ?? ''), 'garbage');
  expect((await execute()).stdout).toBe('one\n');
  writeFileSync(join(folder.path, 'no-folder'), '');
  expect(await execute('banger', 'no-folder')).toMatchObject({ exitCode: 0, stdout: 'one\n', stderr: '' });
});
