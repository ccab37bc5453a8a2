import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../lib/host/command.js';
import { tempFolder } from '../lib/testing/temp-folder.js';
import { writeCodeCache } from './lib/code-cache.mjs';

/** A daemon of its own: its loader, a bundle, and the cache that the build makes of it. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let daemon: string;

beforeEach(async () => {
  folder = await tempFolder();
  daemon = join(folder.path, 'dist/services/netd');
  mkdirSync(daemon, { recursive: true });
  writeFileSync(join(folder.path, 'package.json'), '{ "type": "module" }');
  copyFileSync('scripts/daemon-main.mjs', join(daemon, 'main.js'));
});
afterEach(() => folder.remove());

const file = (name: string) => join(daemon, name);
const bundle = (code: string) => writeFileSync(file('main.cjs'), code);
const says = (what: string) => `function say() { return ${JSON.stringify(what)}; }\nconsole.log(say());\n`;

const run = (...argv: string[]) => runCommand([process.execPath, ...argv], { okExitCodes: [0, 1] });
const execute = () => run(file('main.js'));

/** What it printed, and what V8 thought of its cache: "rejected", "used", or "none" when it was offered none. */
async function outcome(...flags: string[]): Promise<{ stdout: string; cache: string }> {
  const look = `const { script } = await import(${JSON.stringify(file('main.js'))});
    const cache = { true: 'rejected', false: 'used' }[script.cachedDataRejected] ?? 'none';
    console.log(cache);`;
  const { stdout } = await run(...flags, '--input-type=module', '--eval', look);
  const lines = stdout.trimEnd().split('\n');
  return { cache: lines.pop() ?? '', stdout: lines.join('\n') };
}

test('a bundle knows where it is, finds packages from there, and has its arguments', async () => {
  bundle(
    'console.log(JSON.stringify([moduleUrl, __filename, __dirname, require.resolve("x"), process.argv.slice(2)]));',
  );
  mkdirSync(join(folder.path, 'node_modules/x'), { recursive: true });
  writeFileSync(join(folder.path, 'node_modules/x/index.js'), '');
  const { stdout } = await run(file('main.js'), 'check');
  const x = join(folder.path, 'node_modules/x/index.js');
  expect(JSON.parse(stdout)).toEqual([`file://${file('main.js')}`, file('main.cjs'), daemon, x, ['check']]);
});

test('a stack names the daemon and the line', async () => {
  bundle('\nnull.x;\n');
  expect((await execute()).stderr).toContain('at netd/main.cjs:2:6');
});

describe('its code cache', () => {
  beforeEach(async () => {
    bundle(says('one'));
    await writeCodeCache(daemon);
  });

  test('is used, and goes on being used in another place', async () => {
    expect(await outcome()).toEqual({ stdout: 'one', cache: 'used' });
    cpSync(daemon, join(folder.path, 'dist/services/moved'), { recursive: true });
    daemon = join(folder.path, 'dist/services/moved');
    expect(await outcome()).toEqual({ stdout: 'one', cache: 'used' });
  });

  test('is the same bytes whenever it is made', async () => {
    const first = readFileSync(file('main.cache'));
    await writeCodeCache(daemon);
    expect(readFileSync(file('main.cache')).equals(first)).toBe(true);
  });

  test('of another bundle is not used, even one of the same length', async () => {
    bundle(says('two'));
    expect(await outcome()).toEqual({ stdout: 'two', cache: 'none' });
  });

  test.each([
    ['has a wrong byte', (bytes: Buffer) => bytes.fill(bytes[200] === 0 ? 1 : 0, 200, 201)],
    ['is cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 9)],
    ['is garbage', () => Buffer.from('garbage')],
    ['is empty', () => Buffer.of()],
  ])('that %s changes nothing', async (_, damage) => {
    writeFileSync(file('main.cache'), damage(readFileSync(file('main.cache'))));
    expect(await outcome()).toEqual({ stdout: 'one', cache: 'none' });
    expect(await execute()).toMatchObject({ exitCode: 0, stdout: 'one\n', stderr: '' });
  });

  test.each([
    ['Node', "Object.defineProperty(process, 'version', { value: 'v20.19.0' })"],
    ['processor', "Object.defineProperty(process, 'arch', { value: 'other' })"],
  ])('of another %s is not used', async (_, change) => {
    writeFileSync(join(folder.path, 'other.cjs'), change);
    expect(await outcome('--require', join(folder.path, 'other.cjs'))).toEqual({ stdout: 'one', cache: 'none' });
  });

  test('made under other flags of V8 changes nothing', async () => {
    expect(await outcome('--no-lazy')).toEqual({ stdout: 'one', cache: 'rejected' });
  });
});

test('the cache of a service holds what it has done until it stands by', async () => {
  // As a service: it says that it is ready, and ends when it is let go.
  bundle(`const { Socket } = require('node:net');
    const late = () => [${'process.pid, '.repeat(2_000)}];
    const pipe = new Socket({ fd: Number(process.env.BANGER_LIFELINE_FD), readable: true, writable: true });
    pipe.resume();
    setImmediate(() => { if (process.argv[2] !== 'idle') late(); pipe.write('ready\\n'); });
    pipe.once('close', () => process.exit(0));\n`);
  await writeCodeCache(daemon);
  const busy = readFileSync(file('main.cache')).length;
  bundle(readFileSync(file('main.cjs'), 'utf8').replace("!== 'idle'", "=== 'idle'"));
  await writeCodeCache(daemon);
  expect(busy).toBeGreaterThan(readFileSync(file('main.cache')).length + 2_000);
});

test('a bundle that does not load has none, and the build says so', async () => {
  bundle('throw new Error("a file of the build is missing");');
  await expect(writeCodeCache(daemon)).rejects.toThrow(
    /^cannot make the code cache of [^:]*netd: it ended with 1: [\s\S]*a file of the build is missing/,
  );
});
