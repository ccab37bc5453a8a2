import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import { groupId, groupInFile } from './accounts.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;

beforeEach(async () => {
  folder = await tempFolder();
  writeFileSync(join(folder.path, 'group'), 'root:x:0:\nbangers:x:5:\nbanger:x:998:ada\n7:x:9:\nbroken:x::\nshort\n');
});
afterEach(() => folder.remove());

const sources = (text: string) => writeFileSync(join(folder.path, 'nsswitch.conf'), text);
const found = (name: string) => groupInFile(name, folder.path);
const banger = ['banger', 'x', '998', 'ada'];

test.each([
  'group: files',
  'passwd: sss\ngroup:\t files systemd\n',
  'group:files sss [NOTFOUND=return] ldap',
  'hosts: dns\n',
])('a host that looks into its files first, as by %j, is not asked', async (text) => {
  sources(text);
  expect(await found('banger')).toEqual(banger);
});

test('nor is one that says nothing', async () => {
  expect(await found('banger')).toEqual(banger);
});

test.each([
  'group: sss files',
  'group: compat',
  'group: files [SUCCESS=merge] sss',
  'group: files-of-another',
  'group:',
])('one that may have another answer, as by %j, is', async (text) => {
  sources(text);
  expect(await found('banger')).toBeUndefined();
});

test('what the file has not is asked of the host, and so is a number', async () => {
  for (const name of ['bang', 'x', '7', '998', '', 'broken', 'short'])
    expect([name, await found(name)]).toEqual([name, undefined]);
});

test('the host answers by name and by number', async () => {
  expect([await groupId('root'), await groupId('0'), await groupId('banger-test-none')]).toEqual([0, 0, undefined]);
});
