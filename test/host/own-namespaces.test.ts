import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { findCgroupMount } from '../../lib/host/cgroup.js';
import { commandLine, identify } from '../../lib/host/process.js';
import { inOwnNamespaces } from '../../scripts/lib/own-namespaces.mjs';
import { run } from '../../scripts/lib/steps.mjs';

/** The place of a suite, within that of this one. */

const mount = await findCgroupMount();
const groups = () => readdirSync(mount ?? '', { withFileTypes: true }).filter((entry) => entry.isDirectory());

const withCgroups = mount === undefined ? test.skip : test;

withCgroups('its cgroups are its own: it sees no other’s, and no other sees them', async () => {
  const before = groups().map(({ name }) => name);
  const script = 'cd "$0" && mkdir banger-x && ls -d */ && cat cgroup.subtree_control cgroup.controllers';
  const [seen, [granted, had]] = await inOwnNamespaces(async (prefix: string[]) => {
    const lines: string[] = (await run([...prefix, 'sh', '-c', script, mount ?? ''])).split('\n');
    expect(groups().filter(({ name }) => !before.includes(name))).toEqual([
      expect.objectContaining({ name: expect.stringMatching(/^banger-test-/) }),
    ]);
    return [lines.filter((line) => line.endsWith('/')), lines.filter((line) => !line.endsWith('/'))];
  });
  expect(seen).toEqual(['banger-x/', 'suite/']);
  // So that limits can be set in it as outside.
  expect(granted).toBe(had);
  expect(groups().map(({ name }) => name)).toEqual(before);
});

withCgroups('what it leaves running is killed, and what it has used of the processors can be asked for', async () => {
  const script =
    'setsid sleep 600 >/dev/null 2>&1 & mkdir -p "$0/deep/down" && echo $! >"$0/deep/down/cgroup.procs"; echo $!';
  const pid = await inOwnNamespaces(async (prefix: string[], processorSeconds: () => number | undefined) => {
    const left = Number(await run([...prefix, 'sh', '-c', script, mount ?? '']));
    expect(commandLine(left)).toContain('sleep');
    expect(processorSeconds()).toBeGreaterThan(0);
    return left;
  });
  expect(identify(pid)).toBeUndefined();
});

test('a folder for temporary files and a network are its own', async () => {
  const script = 'touch "$0/mine" && ls "$0" && ip -o link';
  const said = await inOwnNamespaces((prefix: string[]) => run([...prefix, 'sh', '-c', script, tmpdir()]));
  expect(said).toMatch(/^mine\n1: lo: .*\n$/);
});
