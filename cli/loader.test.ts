import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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

/** Pieces of which the first talks to a daemon, as far as the loader can tell; others by their names. */
function build(id: string, code: string, others: Readonly<Record<string, string>> = {}): void {
  mkdirSync(join(folder.path, 'dist/cli'), { recursive: true });
  const pieceOf = (text: string) => `function(module,require,moduleUrl,importBeside){${text}\n}`;
  const write = (name: string, text: string) =>
    writeFileSync(join(folder.path, 'dist/cli', name), `// ${id}\n(${text})\n`);
  write('main.cjs', `{"main.js":${pieceOf(`require('node:http2');${code}`)},"held.js":${pieceOf('module.exports=1')}}`);
  for (const [name, text] of Object.entries(others)) write(name, pieceOf(text));
}

const execute = (program = 'banger', cache = 'cache') =>
  runCommand([process.execPath, join(folder.path, 'bin', program)], {
    env: { XDG_CACHE_HOME: join(folder.path, cache) },
    okExitCodes: [0, 1],
  });

const caches = () => readdirSync(join(folder.path, 'cache/banger'));
const cacheOf = (id: string) => `cli-${id}-${process.version}-${process.arch}`;

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
  mkdirSync(join(folder.path, 'cache/banger'), { recursive: true });
  writeFileSync(join(folder.path, 'cache/banger', cacheOf('of-a-former')), 'of a time when it was one file');
  build('aaaaaaaaaaaa', 'console.log("one")');
  expect((await execute()).stdout).toBe('one\n');
  expect(caches()).toEqual([cacheOf('aaaaaaaaaaaa')]);
  const file = join(folder.path, 'cache/banger', cacheOf('aaaaaaaaaaaa'), 'main.cjs');
  const { ino } = statSync(file);
  expect((await execute()).stdout).toBe('one\n');
  expect(statSync(file).ino).toBe(ino);
  build('bbbbbbbbbbbb', 'console.log("two")');
  expect((await execute()).stdout).toBe('two\n');
  expect(caches()).toEqual([cacheOf('bbbbbbbbbbbb')]);
});

test('a piece is loaded when it is asked for, and evaluated and cached once', async () => {
  const code = `console.log(require('./held.js'), require('./late.js').a, require('./late.js').a, moduleUrl.slice(0, 8))`;
  build('aaaaaaaaaaaa', code, { 'late.js': `console.log('late');module.exports={a:2}`, 'never.js': 'throw 1' });
  expect((await execute()).stdout).toBe('late\n1 2 2 file:///\n');
  const cached = () => readdirSync(join(folder.path, 'cache/banger', cacheOf('aaaaaaaaaaaa'))).toSorted();
  expect(cached()).toEqual(['late.js', 'main.cjs']);
  expect((await execute()).stdout).toBe('late\n1 2 2 file:///\n');
  expect(cached()).toEqual(['late.js', 'main.cjs']);
});

test('pieces that refer to each other see what there is of the other', async () => {
  const [one, other] = [
    `exports=module.exports={};exports.a=1;exports.b=require('./other.js').a`,
    `module.exports={a:require('./one.js').a}`,
  ];
  build('aaaaaaaaaaaa', `console.log(require('./one.js'))`, { 'one.js': `let ${one}`, 'other.js': other });
  expect((await execute()).stdout).toBe('{ a: 1, b: 1 }\n');
});

test('a piece that another build took away says what to do', async () => {
  build('aaaaaaaaaaaa', `try{require('./gone.js')}catch(error){console.log(error.message)}`);
  expect((await execute()).stdout).toMatch(/another build of banger took the place of this one[^\n]*start it again/);
});

test('a cache that is damaged, of another piece, or has no place, changes nothing', async () => {
  build('aaaaaaaaaaaa', `console.log("one", require('./late.js'))`, { 'late.js': 'module.exports=2' });
  await execute();
  const place = join(folder.path, 'cache/banger', cacheOf('aaaaaaaaaaaa'));
  copyFileSync(join(place, 'late.js'), join(place, 'main.cjs'));
  writeFileSync(join(place, 'late.js'), 'garbage');
  expect((await execute()).stdout).toBe('one 2\n');
  await execute();
  const whole = readFileSync(join(place, 'late.js'));
  for (let i = 0; i < whole.length; i += 97) {
    const damaged = Buffer.from(whole);
    damaged[i] = ~(damaged[i] ?? 0);
    writeFileSync(join(place, 'late.js'), damaged);
    expect(await execute()).toMatchObject({ exitCode: 0, stdout: 'one 2\n' });
  }
  writeFileSync(join(folder.path, 'no-folder'), '');
  expect(await execute('banger', 'no-folder')).toMatchObject({ exitCode: 0, stdout: 'one 2\n', stderr: '' });
});
