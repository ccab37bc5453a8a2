import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type CgroupLimits,
  enterCgroup,
  findCgroupMount,
  listCgroups,
  removeCgroup,
  supportedLimits,
} from '../../lib/host/cgroup.js';
import { pathExists, readFile, writeFile } from '../../lib/host/files.js';
import { endProcess, identify, type ProcessIdentity } from '../../lib/host/process.js';
import { spawnChild } from '../../lib/host/spawn.js';

/** On whatever hierarchy this host has: with all controllers, with some (the hybrid set-up), or none at all. */

const everything: CgroupLimits = {
  'memory.max': '67108864',
  'pids.max': '16',
  'cpu.max': '50000 100000',
  'hugetlb.2MB.max': '2097152',
  'none.max': '1',
};
const parent = `banger-test-${randomBytes(3).toString('hex')}`;
const mount = await findCgroupMount();
/** What the root gives its children is put back: a test must not change the host. */
const subtree = join(mount ?? '', 'cgroup.subtree_control');
const wordsOf = async (path: string) => (await readFile(path, 'utf8')).trim().split(/\s+/).filter(Boolean);

let program: ProcessIdentity;
let before: string[];

beforeEach(async () => {
  before = mount === undefined ? [] : await wordsOf(subtree);
  const child = spawnChild(['sleep', '600'], { stdio: ['ignore', 'ignore', 'ignore'] });
  const identity = identify(child.pid ?? -1);
  if (identity === undefined) throw new Error('sleep ended as it started');
  program = identity;
});

afterEach(async () => {
  await endProcess(program, 5_000);
  for (const leaf of await listCgroups(parent)) await removeCgroup(parent, leaf);
  if (mount === undefined) return;
  const added = (await wordsOf(subtree)).filter((name) => !before.includes(name));
  await writeFile(subtree, added.map((name) => `-${name}`).join(' '));
  expect(await pathExists(join(mount, parent))).toBe(false);
});

const groupOf = async (pid: number) => (await readFile(`/proc/${pid}/cgroup`, 'utf8')).match(/^0::(.*)$/m)?.[1];

(mount === undefined ? describe.skip : describe)('a group', () => {
  test('holds the process, with those limits that the host has controllers for', async () => {
    await enterCgroup(parent, 'web', everything, program.pid);
    expect(await groupOf(program.pid)).toMatch(new RegExp(`/${parent}/web$`));
    const supported = await supportedLimits(everything);
    const group = join(mount ?? '', parent, 'web');
    expect(supported).not.toHaveProperty('none.max');
    for (const [file, value] of Object.entries(supported ?? {})) {
      expect((await readFile(join(group, file), 'utf8')).trim()).toBe(value);
    }
    for (const file of Object.keys(everything).filter((name) => !(name in (supported ?? {})))) {
      expect(await pathExists(join(group, file))).toBe(false);
    }
  });

  test('can be entered again, with other limits', async () => {
    await enterCgroup(parent, 'web', everything, program.pid);
    await enterCgroup(parent, 'web', { 'pids.max': '8' }, program.pid);
    expect(await listCgroups(parent)).toEqual(['web']);
  });

  test('is listed, and its parent goes with the last', async () => {
    expect(await listCgroups(parent)).toEqual([]);
    await enterCgroup(parent, 'web', {}, program.pid);
    await enterCgroup(parent, 'db', {}, program.pid);
    expect((await listCgroups(parent)).sort()).toEqual(['db', 'web']);
    await removeCgroup(parent, 'web');
    expect(await listCgroups(parent)).toEqual(['db']);
  });

  test('that a process is in stays, and kills nothing', async () => {
    await enterCgroup(parent, 'web', {}, program.pid);
    await expect(removeCgroup(parent, 'web')).rejects.toThrow(/web is empty/);
    expect(identify(program.pid)).toEqual(program);
  });

  test('that is not there is gone already', async () => {
    await removeCgroup(parent, 'none');
    expect(await listCgroups(parent)).toEqual([]);
  });

  test.each(['', '.', '..', 'a/b', '-a', 'a b'])('is not called %j', async (name) => {
    const failure = { name: 'TypeError', message: `${JSON.stringify(name)} is no name for a cgroup` };
    await expect(enterCgroup(parent, name, {}, program.pid)).rejects.toMatchObject(failure);
    await expect(removeCgroup(name, 'web')).rejects.toMatchObject(failure);
    await expect(listCgroups(name)).rejects.toMatchObject(failure);
  });
});
