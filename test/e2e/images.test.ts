import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { bangerProgram, createWorld, type World } from './support/world.js';

/** Images that are made of VMs, and in them: each boots, and has what those below it have. */

let world: World;
let script: string;

beforeAll(async () => {
  world = await createWorld();
  // There is no address of the internet's here, and nothing of this needs one.
  await world.banger('daemon', 'start');
  script = join(world.stateDir, 'setup.sh');
  await writeFile(script, scriptText);
});
afterAll(() => world.dispose());

const scriptText = `#!/bin/sh
echo "made in $(hostname)"
echo by-script >/srv/script
rm /usr/bin/less
`;

interface Image {
  readonly name: string;
  readonly digest: string;
  readonly parent: string;
  readonly diskUsageBytes: number;
}

const image = (name: string) => world.json<Image>('image', 'show', name);
const vmNames = async () => (await world.json<{ name: string }[]>('vm', 'list')).map(({ name }) => name);
const build = (...more: string[]) =>
  world.attempt('image', 'build', '--from', 'debian', '--script', script, '--tag', 'scripted', ...more);

describe('an image that a script makes of another', () => {
  test('has what the script did, whose lines are shown; the vm is gone', async () => {
    const result = await build();
    expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^image scripted is ready: sha256:/) });
    expect(result.stderr).toMatch(/^made in build-[0-9a-f]{8}$/m);
    expect((await image('scripted')).parent).toBe((await image('debian')).digest);
    expect(await vmNames()).toEqual([]);
  });

  test('is there at once when nothing has changed', async () => {
    const { stderr } = await build();
    expect(stderr).not.toContain('run the script');
  });

  test('is not made by a script that fails, whose words and code are told', async () => {
    const failing = join(world.stateDir, 'failing.sh');
    await writeFile(failing, '#!/bin/sh\necho no luck >&2\nexit 7\n');
    const words = ['image', 'build', '--from', 'debian', '--script', failing, '--tag', 'never'];
    const result = await world.attempt(...words);
    expect(result.exitCode).toBe(5);
    expect(result.stderr).toMatch(/cannot build image never: the script ended with exit code 7; it said: no luck/);
    expect(await world.attempt('image', 'show', 'never')).toMatchObject({ exitCode: 3 });
    expect(await vmNames()).toEqual([]);
  });

  test('is not made when the caller is killed, and the vm goes all the same', async () => {
    const slow = join(world.stateDir, 'slow.sh');
    await writeFile(slow, '#!/bin/sh\necho begun\nsleep 600\n');
    const words = ['image', 'build', '--from', 'debian', '--script', slow, '--tag', 'never'];
    const caller = spawnChild([bangerProgram, ...words], { stdio: ['ignore', 'ignore', 'pipe'], env: world.env });
    let said = '';
    caller.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    await pollUntil(() => said.includes('begun'), { what: 'the script runs', timeoutMs: 300_000 });
    caller.kill('SIGKILL');
    const gone = async () => (await vmNames()).length === 0;
    await pollUntil(gone, { what: 'the vm is gone', timeoutMs: 120_000, everyMs: 500 });
    expect(await world.attempt('image', 'show', 'never')).toMatchObject({ exitCode: 3 });
    expect(readdirSync(join(world.stateDir, 'vmm/vms'))).toEqual([]);
  });
});

describe('an image that was edited', () => {
  test('has what was done in its shell', async () => {
    const input = 'cat /srv/script >/srv/edited && test ! -e /usr/bin/less\n';
    const argv = [bangerProgram, 'image', 'edit', 'scripted', '--tag', 'edited'];
    const { stdout } = await runCommand(argv, { env: world.env, stdin: input, timeoutMs: 300_000 });
    expect(stdout).toMatch(/^image edited is ready: /);
    expect((await image('edited')).parent).toBe((await image('scripted')).digest);
  });
});

describe('an image of a vm', () => {
  /** Where the VM's own host key is, and what it looks like. */
  const hostKey = '/etc/ssh/ssh_host_ed25519_key';

  test('is made while the vm goes on, and has none of its keys', async () => {
    await world.banger('vm', 'create', 'origin', '--image', 'edited', '--init', 'light', '--work-disk', '64M');
    await world.inVm('origin', 'echo', 'by-vm', '>/srv/vm');
    const boot = await world.inVm('origin', 'cat', '/proc/sys/kernel/random/boot_id');
    await world.banger('image', 'commit', 'origin', '--tag', 'committed');
    expect(await world.inVm('origin', 'cat', '/proc/sys/kernel/random/boot_id')).toBe(boot);
    const [, secret = ''] = (await world.inVm('origin', 'cat', hostKey)).split('\n');
    const { digest } = await image('committed');
    const layer = join(world.stateDir, 'imaged/objects', digest.slice('sha256:'.length), 'layer.ext4');
    expect(secret.length).toBeGreaterThan(40);
    expect((await readFile(layer)).includes(secret)).toBe(false);
    expect(readdirSync(join(world.stateDir, 'vmm/layers'))).toEqual([]);
  });

  test('boots beside it, as a machine of its own, with all that lies below', async () => {
    await world.banger('vm', 'create', 'copy', '--image', 'committed', '--work-disk', '64M');
    expect(await world.inVm('copy', 'hostname')).toBe('copy');
    expect((await world.inVm('copy', 'cat', '/srv/script', '/srv/edited', '/srv/vm')).split('\n')).toEqual([
      'by-script',
      'by-script',
      'by-vm',
    ]);
    await world.inVm('copy', 'test ! -e /usr/bin/less && mountpoint -q /work');
    expect(await world.inVm('copy', 'cat', hostKey)).not.toBe(await world.inVm('origin', 'cat', hostKey));
  });

  test('is on the disk what was changed, and stays while a vm is made of it', async () => {
    const [base, committed] = [await image('debian'), await image('committed')];
    expect(committed.diskUsageBytes).toBeLessThan(base.diskUsageBytes / 5);
    await world.banger('image', 'delete', 'scripted');
    await world.banger('vm', 'restart', 'copy');
    expect(await world.inVm('copy', 'cat', '/srv/vm')).toBe('by-vm');
    expect(await world.attempt('image', 'delete', 'committed')).toMatchObject({ exitCode: 5 });
  });
});
