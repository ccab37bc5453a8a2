import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { BangerError } from '../../../lib/errors.js';
import { chmod } from '../../../lib/host/files.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { bootFiles } from '../domain/bootable.js';
import { buildPlan } from '../domain/build-plan.js';
import type { FilesStep, LoadedRecipe } from '../domain/recipe.js';
import { RecipeFolder } from './recipe-folder.js';

const shipped = join(dirname(fileURLToPath(import.meta.url)), '..');

let temp: Awaited<ReturnType<typeof tempFolder>>;
let recipes: RecipeFolder;

beforeEach(async () => {
  temp = await tempFolder();
  for (const folder of ['images', 'guest', 'mine']) await mkdir(join(temp.path, folder));
  for (const name of [...bootFiles, 'customize', 'motd']) await writeFile(join(temp.path, 'guest', name), name);
  recipes = new RecipeFolder(join(temp.path, 'images'), join(temp.path, 'guest'), true);
});

afterEach(() => temp.remove());

const shipRecipe = (text: string) => writeFile(join(temp.path, 'images', 'small.toml'), text);
const mine = (name: string) => join(temp.path, 'mine', name);

async function failure(reference: string): Promise<string> {
  return recipes.load(reference).then(
    () => 'it was loaded',
    (error: Error) => error.message,
  );
}

const small = `
name = "small"
description = "a small one"
init = "light"
packages = ["less", "bash"]
masked_units = ["getty@.service"]
folders = ["/srv/data"]
[[files]]
path = "/etc/motd"
guest = "motd"
mode = 0o600
[[links]]
path = "/etc/systemd/system/default.target"
target = "/usr/lib/systemd/system/multi-user.target"
`;

const custom = `
name = "custom"
description = "what small is, and more"
base = "small"
packages = ["nano", "bash"]
default_user = "me"
size = 512
[[files]]
path = "/etc/greeting"
source = "texts/greeting"
owner = "me:staff"
[[files]]
path = "/etc/note"
content = "a note"
[[scripts]]
run = "true"
[[scripts]]
source = "setup.sh"
network = true
`;

async function writeCustom(): Promise<void> {
  await shipRecipe(small);
  await mkdir(mine('texts'), { recursive: true });
  await writeFile(mine('texts/greeting'), 'hello');
  await writeFile(mine('setup.sh'), '#!/bin/sh\n');
  await writeFile(mine('custom.toml'), custom);
}

function filesOf(recipe: LoadedRecipe | undefined, title: string): FilesStep | undefined {
  return recipe?.steps.find((step): step is FilesStep => step.kind === 'files' && step.title === title);
}

test('every recipe that banger ships is right', async () => {
  const ours = new RecipeFolder(join(shipped, 'images'), join(shipped, 'guest'), true);
  expect(await ours.names()).toEqual(['debian', 'debian-light', 'debian-web']);
  for (const name of await ours.names()) expect((await ours.load(name))?.name).toBe(name);
});

test('a recipe is loaded with all that it refers to', async () => {
  await shipRecipe(small);
  const loaded = await recipes.load('small');
  expect(loaded).toMatchObject({
    suite: 'host',
    defaultUser: 'root',
    init: 'light',
    sizeMib: 0,
    packages: ['bash', 'less'],
  });
  expect(filesOf(loaded, 'add the files of small')?.entries).toEqual([
    { type: 'link', path: 'etc/systemd/system/getty@.service', target: '/dev/null' },
    { type: 'folder', path: 'srv/data', mode: 0o755 },
    { type: 'file', path: 'etc/motd', content: Buffer.from('motd'), mode: 0o600 },
    {
      type: 'link',
      path: 'etc/systemd/system/default.target',
      target: '/usr/lib/systemd/system/multi-user.target',
    },
  ]);
});

test('a user’s own recipe adds to another, and names the files beside it', async () => {
  await writeCustom();
  const loaded = await recipes.load(mine('custom.toml'));
  expect(loaded).toMatchObject({
    name: 'custom',
    defaultUser: 'me',
    init: 'light',
    sizeMib: 512,
    packages: ['bash', 'less', 'nano'],
  });
  expect(loaded?.steps.map(({ title }) => title)).toEqual([
    'make it bootable',
    'add the files of small',
    'add the files of custom',
    'run a script',
    'run setup.sh',
  ]);
  expect(filesOf(loaded, 'make it bootable')?.user).toBe('me');
  expect(filesOf(loaded, 'add the files of custom')?.owners).toEqual([{ path: '/etc/greeting', owner: 'me:staff' }]);
  expect(loaded?.steps.slice(-2)).toMatchObject([
    { script: Buffer.from('#!/bin/sh\nset -eu\ntrue\n'), network: false },
    { script: Buffer.from('#!/bin/sh\n'), network: true },
  ]);
});

test('what changes an image changes its plan from there on, and nothing else does', async () => {
  await writeCustom();
  const plan = async () => {
    const recipe = await recipes.load(mine('custom.toml'));
    if (!recipe) throw new Error('the recipe is gone');
    const { installation, steps, digest } = buildPlan(recipe, { suite: 'bookworm', sources: [], stateDigest: '' });
    return [installation.key, ...steps.map(({ key }) => key), digest];
  };
  const before = await plan();
  await writeFile(mine('unused'), 'other');
  await writeFile(mine('custom.toml'), `# a comment\n${custom}`);
  expect(await plan()).toEqual(before);
  await writeFile(mine('setup.sh'), '#!/bin/bash\n');
  const changed = await plan();
  expect(changed.slice(0, -2)).toEqual(before.slice(0, -2));
  expect(changed.filter((key) => before.includes(key))).toHaveLength(before.length - 2);
  await shipRecipe(small.replace('"less"', '"vim"'));
  expect((await plan()).filter((key) => changed.includes(key))).toEqual([]);
});

test('unknown recipes are undefined, whatever their name', async () => {
  await shipRecipe(small);
  expect(await recipes.names()).toEqual(['small']);
  for (const name of ['large', '../images/small', '']) expect(await recipes.load(name)).toBeUndefined();
});

test('all problems of a recipe are told at once, each with its line', async () => {
  await shipRecipe(`name = "small"
description = ""
default_user = "Root"
init = "sysv"
packages = [
  "bash",
  "bash; rm",
]
pakages = 1
[[files]]
path = "/etc/../shadow"
source = "../secret"
mode = 0o10000
[[files]]
content = "x"
guest = "motd"
[[scripts]]
networks = true
`);
  const expected = [
    'line 2: description must not be empty',
    'line 3: default_user must be the name of a user',
    'line 4: init must be one of "system", "light"',
    'line 7: packages[1] must be the name of a Debian package',
    'line 9: pakages is no key of a recipe; did you mean packages?',
    'line 11: files[0].path must be an absolute path without "." and ".."',
    'line 12: files[0].source must be a path below the folder of the recipe, without ".."',
    'line 13: files[0].mode must be at most 0o7777',
    'line 14: files[1].path is missing',
    'line 14: files[1] needs one of source, content, guest, and has content and guest',
    'line 17: scripts[0] needs one of source, run, and has none',
    'line 18: scripts[0].networks is no key of a recipe; did you mean network?',
  ];
  const message = await failure('small');
  for (const problem of expected) expect(message).toContain(problem);
});

test('a recipe must bear its file’s name, and name files and recipes that exist', async () => {
  await shipRecipe(small.replace('"small"', '"large"').replace('"motd"', '"issue"'));
  expect(await failure('small')).toMatch(/line 2: name must be "small".*|line 10: .*banger ships no file issue/);
  await writeCustom();
  await writeFile(mine('custom.toml'), custom.replace('"small"', '"smal"').replace('setup.sh', 'gone.sh'));
  const message = await failure(mine('custom.toml'));
  expect(message).toContain('line 4: base there is no recipe smal; banger has small');
  expect(message).toContain('scripts[1].source there is no file gone.sh');
  expect(await failure(mine('none.toml'))).toContain('there is no file none.toml');
});

test('a recipe that leads back to itself is refused', async () => {
  await writeFile(mine('a.toml'), 'name = "a"\ndescription = "a"\nbase = "b.toml"\n');
  await writeFile(mine('b.toml'), 'name = "b"\ndescription = "b"\nbase = "a.toml"\n');
  expect(await failure(mine('a.toml'))).toContain('base leads back to itself');
});

test('no file is read that lies elsewhere, by whatever link', async () => {
  await writeCustom();
  await writeFile(join(temp.path, 'secret'), 'secret');
  const withSource = (source: string) =>
    writeFile(mine('custom.toml'), custom.replace('texts/greeting', source).replace('setup.sh', source));
  await symlink(join(temp.path, 'secret'), mine('link'));
  await symlink(temp.path, mine('folder'));
  await symlink(mine('setup.sh'), mine('inside'));
  for (const source of ['link', 'folder/secret', 'inside']) {
    await withSource(source);
    expect(await failure(mine('custom.toml'))).toMatch(/must not be (a|reached through a) link/);
  }
  await withSource('texts');
  expect(await failure(mine('custom.toml'))).toContain('must be a plain file');
});

test('as root, imaged reads only what everybody may', async () => {
  await writeCustom();
  await chmod(mine('setup.sh'), 0o600);
  expect(await failure(mine('custom.toml'))).toContain('scripts[1].source must be readable by everybody');
  const ofOurOwn = new RecipeFolder(join(temp.path, 'images'), join(temp.path, 'guest'), false);
  expect((await ofOurOwn.load(mine('custom.toml')))?.name).toBe('custom');
});

test('what is no TOML is told with its place', async () => {
  await shipRecipe('name = "small\n');
  await expect(recipes.load('small')).rejects.toMatchObject({
    reason: 'RECIPE_INVALID',
    message: expect.stringMatching(/line 1, column \d+/),
  });
});

const keys = ['name', 'description', 'base', 'packages', 'files', 'scripts', 'links', 'size', 'path', 'source', 'run'];
const strange = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('small', '../../guest/motd', '/etc/passwd', 'mine/../x', 'bash', ''),
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 5 }),
  ),
}));

test('whatever a recipe says, it is refused in order or read without leaving its folder', async () => {
  await shipRecipe(small);
  const document = fc.dictionary(fc.constantFrom(...keys), strange.value, { maxKeys: 8 });
  const texts = fc.oneof(
    document.map((value) => stringify(value)),
    fc.string({ unit: fc.constantFrom(...'[]{}="\n .ab') }),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      await writeFile(mine('any.toml'), text);
      const error = await recipes.load(mine('any.toml')).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error !== undefined) {
        expect(error).toBeInstanceOf(BangerError);
        expect(error).toMatchObject({ reason: 'RECIPE_INVALID' });
      }
    }),
    { numRuns: 1000 },
  );
});
