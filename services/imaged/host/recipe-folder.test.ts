import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { bootFiles } from '../domain/bootable.js';
import { RecipeFolder } from './recipe-folder.js';

const shipped = join(dirname(fileURLToPath(import.meta.url)), '..');

let temp: Awaited<ReturnType<typeof tempFolder>>;
let recipes: RecipeFolder;

beforeEach(async () => {
  temp = await tempFolder();
  await mkdir(join(temp.path, 'images'));
  await mkdir(join(temp.path, 'guest'));
  await writeFile(join(temp.path, 'guest', 'customize'), 'true');
  for (const name of bootFiles) await writeFile(join(temp.path, 'guest', name), name);
  await writeFile(join(temp.path, 'guest', 'motd'), 'hello');
  recipes = new RecipeFolder(join(temp.path, 'images'), join(temp.path, 'guest'));
});

afterEach(() => temp.remove());

const write = (text: string) => writeFile(join(temp.path, 'images', 'small.toml'), text);

const good = `
name = "small"
description = "a small one"
suite = "host"
default_user = "root"
init = "light"
packages = ["bash"]
masked_units = ["getty@.service"]
folders = ["/work"]
[[files]]
path = "/etc/motd"
source = "motd"
mode = 0o600
[[links]]
path = "/etc/systemd/system/default.target"
target = "/usr/lib/systemd/system/multi-user.target"
`;

test('every recipe that banger ships is right', async () => {
  const ours = new RecipeFolder(join(shipped, 'images'), join(shipped, 'guest'));
  const names = await ours.names();
  expect(names).toContain('debian');
  for (const name of names) expect((await ours.load(name))?.recipe.name).toBe(name);
});

test('a recipe is loaded with all that it refers to', async () => {
  await write(good);
  const loaded = await recipes.load('small');
  expect(loaded?.recipe).toMatchObject({ init: 'light', packages: ['bash'], masked_generators: [] });
  expect(loaded?.additions.slice(-4)).toEqual([
    { type: 'link', path: 'etc/systemd/system/getty@.service', target: '/dev/null' },
    { type: 'folder', path: 'work', mode: 0o755 },
    { type: 'file', path: 'etc/motd', content: Buffer.from('hello'), mode: 0o600 },
    {
      type: 'link',
      path: 'etc/systemd/system/default.target',
      target: '/usr/lib/systemd/system/multi-user.target',
    },
  ]);
});

test('its digest changes with the recipe and with the guest files it uses, and with nothing else', async () => {
  const digest = async () => (await recipes.load('small'))?.digest;
  await write(good);
  const before = await digest();
  await writeFile(join(temp.path, 'guest', 'unused'), 'other');
  await write(`# a comment\n${good}`);
  expect(await digest()).toBe(before);
  await writeFile(join(temp.path, 'guest', 'motd'), 'good bye');
  const changed = await digest();
  expect(changed).not.toBe(before);
  await writeFile(join(temp.path, 'guest', 'customize'), 'false');
  expect(await digest()).not.toBe(changed);
});

test('unknown recipes are undefined, whatever their name', async () => {
  await write(good);
  expect(await recipes.names()).toEqual(['small']);
  for (const name of ['large', '../images/small', '']) expect(await recipes.load(name)).toBeUndefined();
});

test('all problems of a recipe are told at once', async () => {
  await write(`
name = "other"
description = ""
suite = "host"
default_user = "Root"
init = "sysv"
packages = ["bash; rm"]
unknown = 1
[[files]]
path = "/etc/../shadow"
source = "../secret"
mode = 0o10000
`);
  const message = await recipes.load('small').then(
    () => '',
    (error: Error) => error.message,
  );
  const fields = [
    'description',
    'default_user',
    'init',
    'packages.0',
    'files.0.path',
    'files.0.source',
    'files.0.mode',
  ];
  for (const field of fields) expect(message).toContain(`${field}: `);
  expect(message).toContain('unknown');
});

test('a recipe must bear its file’s name, and name guest files that exist', async () => {
  await write(good.replace('"small"', '"large"'));
  await expect(recipes.load('small')).rejects.toMatchObject({
    reason: 'RECIPE_INVALID',
    message: expect.stringContaining('must be "small"'),
  });
  await write(good.replace('"motd"', '"issue"'));
  await expect(recipes.load('small')).rejects.toThrow('there is no guest file issue');
});

test('what is no TOML is told with its place', async () => {
  await write('name = "small\n');
  await expect(recipes.load('small')).rejects.toMatchObject({
    reason: 'RECIPE_INVALID',
    message: expect.stringMatching(/line 1, column \d+/),
  });
});
