import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CommandResult } from '../../lib/host/command.js';
import { createWorld, type World } from './support/world.js';

/** VMs as a file, on real daemons. Only one of them runs: what a plan is about needs no guest. */

let world: World;
let file: string;

beforeAll(async () => {
  world = await createWorld();
  file = join(world.stateDir, 'banger.toml');
  await world.banger('daemon', 'start');
});
afterAll(() => world?.dispose());

interface ListedVm {
  readonly name: string;
  readonly uid: string;
  readonly spec: { readonly memoryMib: number; readonly labels: Readonly<Record<string, string>> };
  readonly status: { readonly state: string; readonly ipv4Address: string };
}

const vms = () => world.json<ListedVm[]>('vm', 'list');
const names = async () => (await vms()).map(({ name, status }) => `${name} ${status.state.slice(9).toLowerCase()}`);

/** Applies a file; the words follow. */
function apply(text: string, ...words: string[]): Promise<CommandResult> {
  writeFileSync(file, text);
  return world.attempt('apply', '-f', file, ...words);
}

const web = `[vms.web]
init = "light"
publish = ["18080:80"]
labels = { tier = "front" }
env = { GREETING = 'two = "words" \\ x' }
user_data = "#cloud-config\\n"
`;
const shop = `project = "shop"\n[defaults]\nmemory = "256M"\n${web}[vms.db]\nrunning = false\nwork_disk = "64M"\nallow_from = ["web"]\n`;

test('a file becomes VMs, and then there is nothing to do', async () => {
  expect(await apply(shop, '--plan', '--exit-code')).toMatchObject({ exitCode: 10, stderr: '' });
  expect(await names()).toEqual([]);
  const applied = await apply(shop);
  expect([applied.exitCode, applied.stdout]).toEqual([0, expect.stringContaining('2 created')]);
  expect(await names()).toEqual(['db stopped', 'web running']);
  expect(await world.inVm('web', 'printenv', 'GREETING')).toBe('two = "words" \\ x');
  const seed = '/var/lib/cloud/seed/nocloud/user-data';
  expect(await world.inVm('web', 'cat', seed)).toBe('#cloud-config');
  expect(await world.inVm('web', 'stat', '-c', '%a', seed, '/var/lib', '/etc')).toBe('600\n755\n755');
  expect(await apply(shop, '--plan', '--exit-code')).toMatchObject({
    exitCode: 0,
    stdout: 'There is nothing to change.\n',
  });
});

test('a label finds them, in lists and verbs', async () => {
  const found = await world.json<ListedVm[]>('vm', 'list', '-l', 'banger.apply=shop,tier');
  expect(found.map(({ name, spec }) => [name, spec.labels.tier])).toEqual([['web', 'front']]);
  expect(await world.attempt('vm', 'stop', '-l', 'tier=none')).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: expect.stringContaining('no vm has the labels tier=none'),
  });
});

test('what is exported changes nothing', async () => {
  const { stdout } = await world.banger('export', '-l', 'banger.apply=shop');
  expect(await apply(stdout, '--plan', '--exit-code')).toMatchObject({ exitCode: 0 });
});

test('when one of three fails, everything is as it was, also what was deleted for it', async () => {
  await apply(`${shop}[vms.old]\nrunning = false\n`);
  const before = (await vms()).map(({ name, uid, spec }) => ({ name, uid, spec }));
  // The port is taken by another socket of the host, which only the attempt shows: vmm's own check of a file asks nobody.
  const failing = `${shop.replace('256M', '300M').replace('18080:80', '18080:8080')}[vms.new]\nrunning = false\n[vms.bad]\nrunning = false\npublish = ["42069:53/udp"]\n`;
  const { exitCode, stderr } = await apply(failing, '--prune');
  expect([exitCode, stderr]).toEqual([4, expect.stringMatching(/42069[\s\S]*everything is as it was before/)]);
  expect((await vms()).map(({ name, uid, spec }) => ({ name, uid, spec }))).toEqual(before);
  expect(await names()).toEqual(['db stopped', 'old stopped', 'web running']);
});

test('what is in the file no more goes with --prune, and everything with destroy', async () => {
  expect((await apply(shop)).stdout).toContain('vm old is not in the file any more, and stays: --prune deletes it');
  expect((await apply(shop, '--prune')).exitCode).toBe(0);
  expect(await names()).toEqual(['db stopped', 'web running']);
  await world.banger('vm', 'create', 'other', '--no-start');
  await world.banger('destroy', '-f', file);
  expect(await names()).toEqual(['other stopped']);
});

test('a file with mistakes has all of them told by their lines, and changes nothing', async () => {
  const { exitCode, stderr } = await apply('[vms.a]\ncpus = 99\nnot = true\n[vms.b]\nimage = "none"\nmemory = "1M"\n');
  expect(exitCode).toBe(2);
  for (const line of ['line 3: vms.a.not: there is no such key', 'line 6: vms.b.memory'])
    expect(stderr).toContain(line);
  expect(await names()).toEqual(['other stopped']);
});
