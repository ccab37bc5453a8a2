import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../lib/host/command.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { putInPlace, takeAway } from '../../scripts/lib/install-tree.mjs';
import { checkPrefix } from '../../scripts/lib/prefix.mjs';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let prefix: string;

beforeEach(async () => {
  folder = await tempFolder();
  prefix = join(folder.path, 'usr');
});
afterEach(() => folder.remove());

const listing = () => readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).sort();
const entry = (path: string, text: string, mode = 0o644) => ({ path, text, mode });

describe('a tree', () => {
  test('is put in place and taken away, and nothing else with it', () => {
    mkdirSync(join(prefix, 'share/fish'), { recursive: true });
    writeFileSync(join(prefix, 'share/fish/others'), 'theirs');
    const before = listing();
    const umask = process.umask(0o077);
    try {
      putInPlace(prefix, [entry('bin/x', '#!', 0o755), entry('share/fish/x.fish', 'f'), entry('lib/a/b', 'b')]);
    } finally {
      process.umask(umask);
    }
    expect(statSync(join(prefix, 'bin/x')).mode & 0o777).toBe(0o755);
    expect(statSync(join(prefix, 'lib/a')).mode & 0o777).toBe(0o755);
    expect(statSync(join(prefix, 'lib/a/b')).mode & 0o777).toBe(0o644);
    expect(takeAway(prefix)).toBe(3);
    expect(listing()).toEqual(before);
  });

  test('keeps folders in which somebody else has put something', () => {
    putInPlace(prefix, [entry('lib/banger/x', 'x')]);
    writeFileSync(join(prefix, 'lib/banger/mine'), 'mine');
    takeAway(prefix);
    expect(listing()).toEqual(['usr', 'usr/lib', 'usr/lib/banger', 'usr/lib/banger/mine']);
  });

  test('replaces a former one: what that had alone goes, and the list is that of both', () => {
    putInPlace(prefix, [entry('bin/x', '1'), entry('share/old/a', 'a')]);
    putInPlace(prefix, [entry('bin/x', '2'), entry('share/new/a', 'a')]);
    expect(readFileSync(join(prefix, 'bin/x'), 'utf8')).toBe('2');
    expect(existsSync(join(prefix, 'share/old'))).toBe(false);
    takeAway(prefix);
    expect(listing()).toEqual([]);
  });

  test('takes the place of a link, and leaves what that pointed to', () => {
    mkdirSync(join(prefix, 'bin'), { recursive: true });
    writeFileSync(join(folder.path, 'precious'), 'precious');
    symlinkSync(join(folder.path, 'precious'), join(prefix, 'bin/x'));
    putInPlace(prefix, [entry('bin/x', 'x')]);
    expect(readFileSync(join(folder.path, 'precious'), 'utf8')).toBe('precious');
    expect(readFileSync(join(prefix, 'bin/x'), 'utf8')).toBe('x');
  });

  test('that is not there cannot be taken away', () => {
    expect(() => takeAway(prefix)).toThrow(/nothing is installed there/);
  });

  test.each(['../precious', '/etc/passwd', 'a/../../precious'])('with a list that names %s is not touched', (path) => {
    putInPlace(prefix, [entry('bin/x', 'x')]);
    writeFileSync(
      join(prefix, 'libexec/banger/installed.json'),
      JSON.stringify({ files: ['bin/x', path], folders: [] }),
    );
    expect(() => takeAway(prefix)).toThrow(/is not below/);
    expect(existsSync(join(prefix, 'bin/x'))).toBe(true);
  });
});

describe('PREFIX', () => {
  test.each(['/usr', '/usr/local', '/opt/banger-1.0', '/opt/a+b@c_d'])('can be %s', (path) => {
    expect(checkPrefix(path)).toBe(path);
  });

  test.each(['usr', '', '/', '/usr/', '/a b', '/a%b', '/a/../b', '/a\nb', '/$HOME', '/a"b'])('cannot be %j', (path) => {
    expect(() => checkPrefix(path)).toThrow(/absolute path/);
  });
});

describe('the launcher', () => {
  /** A tree with a launcher, a program that says how it was called, and a node that runs it. */
  function makeTree(node: string): string {
    const home = join(prefix, 'libexec/banger/bin');
    mkdirSync(home, { recursive: true });
    mkdirSync(join(prefix, 'bin'));
    writeFileSync(join(home, 'banger'), 'echo "$NODE_IS: $*"\n');
    const text = readFileSync('packaging/launcher.sh', 'utf8').replaceAll('@PROGRAM@', 'banger');
    writeFileSync(join(prefix, 'bin/banger'), text.replaceAll('@NODE@', `'${node}'`), { mode: 0o755 });
    return join(prefix, 'bin/banger');
  }

  function makeNode(path: string, name: string): string {
    writeFileSync(path, `#!/bin/sh\nNODE_IS=${name} exec sh "$@"\n`, { mode: 0o755 });
    return path;
  }

  const run = async (argv: readonly string[], options: object = {}) =>
    (await runCommand(argv, { okExitCodes: [0, 1], ...options })).stdout.trim();

  test('takes the Node of the tree, else the one of its installation, else the first on the PATH', async () => {
    const known = makeNode(join(folder.path, 'known'), 'known');
    const program = makeTree(known);
    mkdirSync(join(folder.path, 'path'));
    makeNode(join(folder.path, 'path/node'), 'path');
    const env = { PATH: `${folder.path}/path:/usr/bin:/bin` };
    const own = makeNode(join(prefix, 'libexec/banger/bin/node'), 'own');
    expect(await run([program, 'a b', 'c'], { env })).toBe('own: a b c');
    await runCommand(['rm', own]);
    expect(await run([program], { env })).toBe('known:');
    await runCommand(['rm', known]);
    expect(await run([program], { env })).toBe('path:');
  });

  test('finds its tree through links, from any folder, and by its bare name', async () => {
    const program = makeTree(makeNode(join(folder.path, 'known'), 'known'));
    const link = join(folder.path, 'link');
    symlinkSync(program, link);
    symlinkSync('link', join(folder.path, 'link2'));
    expect(await run([join(folder.path, 'link2')], { cwd: '/' })).toBe('known:');
    expect(await run(['./bin/banger'], { cwd: prefix })).toBe('known:');
    expect(await run(['sh', 'banger'], { cwd: join(prefix, 'bin') })).toBe('known:');
    expect(await run(['banger'], { cwd: '/', env: { PATH: `${prefix}/bin:/usr/bin:/bin` } })).toBe('known:');
  });

  test('says so when there is no Node', async () => {
    const program = makeTree('/nonexistent/node');
    const { exitCode, stderr } = await runCommand(['/bin/sh', program], {
      env: { PATH: '/nonexistent' },
      okExitCodes: [1],
    });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/no node on the PATH; install Node/),
    });
  });
});

describe('a Node', () => {
  const { whyNot } = createRequire(import.meta.url)('../../bin/check-node.js') as {
    whyNot(versions: { node: string; modules: string }, abi?: string): string | undefined;
  };
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };

  test.each([
    ['18.20.4', '108'],
    ['20.18.3', '115'],
    ['9.0.0', '59'],
  ])('%s is too old, and told so', (node, modules) => {
    expect(whyNot({ node, modules })).toContain(`it needs Node ${engines.node.slice(2)} or newer, and this is ${node}`);
  });

  test.each(['20.19.0', '20.20.2', '22.0.0', '100.1.0'])('%s will do', (node) => {
    expect(whyNot({ node, modules: '1' })).toBeUndefined();
    expect(whyNot({ node, modules: '1' }, '1')).toBeUndefined();
  });

  test('for which the binding was not compiled is refused', () => {
    expect(whyNot({ node: '22.1.0', modules: '127' }, '115')).toMatch(/module version 115, and Node 22.1.0 has 127/);
  });
});
