import { readFileSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../lib/host/command.js';
import { copyFile, lstat, mkdir, readdir, readFile, removePath } from '../../lib/host/files.js';
import { identify, waitGone } from '../../lib/host/process.js';
import { Lab, type Run } from '../stand-in/lab.js';

/** What the stand-in takes of the kernel, and the jail around it. */

const [uid, gid] = [34567, 34568];
let lab: Lab;

beforeEach(async () => {
  lab = await Lab.open();
  await runCommand(['ip', 'tuntap', 'add', 'si0', 'mode', 'tap', 'user', String(uid)]);
});

afterEach(async () => {
  await lab.dispose();
  await runCommand(['ip', 'link', 'delete', 'si0']);
});

describe('a tap', () => {
  const net = { iface_id: 'eth0', host_dev_name: 'si0' };
  const busy = 'Error while creating ifreq structure: Device or resource busy (os error 16)';

  test('is held from the request on, and free when the process is killed', async () => {
    const first = await lab.start();
    await lab.put('/network-interfaces/eth0', net);
    // The same interface again takes the place of the former.
    await lab.put('/network-interfaces/eth0', net);
    await lab.start();
    const refused = await lab.request('PUT', '/network-interfaces/eth0', net);
    expect(refused).toMatchObject({ status: 400, body: { fault_message: expect.stringContaining(busy) } });
    first.child.kill('SIGKILL');
    const taken = async () => (await lab.request('PUT', '/network-interfaces/eth0', net)).status === 204;
    await lab.until(taken, 'the tap is free');
  });
});

describe('the jailer', () => {
  const jail = () => lab.at('jails/firecracker/vm-a/root');
  const socket = () => join(jail(), 'run/api.sock');

  function argv(flags: readonly string[] = [], id = 'vm-a'): string[] {
    const { jailer, firecracker } = lab.programs;
    const who = ['--uid', String(uid), '--gid', String(gid), '--chroot-base-dir', lab.at('jails')];
    const inside = ['--', '--api-sock', '/run/api.sock'];
    return [jailer, '--id', id, '--exec-file', firecracker, ...who, ...flags, ...inside];
  }

  async function start(flags: readonly string[] = []): Promise<Run> {
    const run = lab.run(argv(flags));
    await lab.listening(socket(), run);
    return run;
  }

  beforeEach(() => mkdir(lab.at('jails')));

  test('becomes the program in its jail, and shows the host nothing but its tree', async () => {
    const before = await readFile('/proc/self/mounts', 'utf8');
    const run = await start();
    const { pid = 0 } = run.child;
    expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(
      new RegExp(`Uid:\t${uid}\t[^]*Gid:\t${gid}\t[^]*Groups:\t *\n`),
    );
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain('--id\0vm-a\0');
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).toBe('');
    expect(await readFile(join(jail(), 'firecracker.pid'), 'utf8')).toBe(String(pid));
    expect(await lstat(socket())).toMatchObject({ uid, gid });
    for (const node of ['net/tun', 'kvm', 'urandom']) {
      expect((await lstat(join(jail(), 'dev', node))).isCharacterDevice()).toBe(true);
    }
    expect(await readFile('/proc/self/mounts', 'utf8')).toBe(before);
    expect(await readdir(join(jail(), 'usr'))).toEqual([]);
  });

  test('lets a guest boot of what is in its tree, and reboot', async () => {
    const run = await start();
    await copyFile(lab.at('vmlinux'), join(jail(), 'vmlinux'));
    const put = async (path: string, body: unknown) => (await lab.request('PUT', path, body, socket())).status;
    expect(await put('/network-interfaces/eth0', { iface_id: 'eth0', host_dev_name: 'si0' })).toBe(204);
    expect(await put('/vsock', { guest_cid: 3, uds_path: '/run/vsock.sock' })).toBe(204);
    expect(await put('/boot-source', { kernel_image_path: lab.at('vmlinux') })).toBe(400);
    expect(await put('/boot-source', { kernel_image_path: '/vmlinux' })).toBe(204);
    expect(await put('/actions', { action_type: 'InstanceStart' })).toBe(204);
    expect(await put('/actions', { action_type: 'SendCtrlAltDel' })).toBe(204);
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(await lstat(join(jail(), 'run/vsock.sock'))).toMatchObject({ uid });
  });

  test('refuses a tap that is another user’s', async () => {
    await runCommand(['ip', 'tuntap', 'add', 'si1', 'mode', 'tap', 'user', String(uid + 1)]);
    await start();
    const net = { iface_id: 'eth0', host_dev_name: 'si1' };
    const { body } = await lab.request('PUT', '/network-interfaces/eth0', net, socket());
    expect(body).toMatchObject({ fault_message: expect.stringContaining('Operation not permitted (os error 1)') });
    await runCommand(['ip', 'link', 'delete', 'si1']);
  });

  test('refuses a tree that was used, and takes it once it is removed', async () => {
    const run = await start();
    run.child.kill('SIGKILL');
    await run.ended;
    const again = lab.run(argv());
    expect(await again.ended).toEqual({ code: 1, signal: null });
    expect(again.output()).toContain('File exists (os error 17)');
    await removePath(lab.at('jails/firecracker/vm-a'));
    await start();
  });

  test.each<[string, (own: string[]) => string[], string]>([
    ['a bad id', (own) => own.with(own.indexOf('--id') + 1, 'a_b'), 'Invalid instance ID'],
    ['a bad uid', (own) => own.with(own.indexOf('--uid') + 1, 'root'), 'Invalid uid'],
    ['a missing program', (own) => own.with(own.indexOf('--exec-file') + 1, '/none'), '/none is not a file'],
    ['a program of another name', (own) => own.with(own.indexOf('--exec-file') + 1, '/bin/sh'), 'must contain'],
    ['a missing base', (own) => own.with(own.indexOf('--chroot-base-dir') + 1, '/none'), 'Failed to canonicalize'],
    ['an unknown flag', (own) => own.toSpliced(1, 0, '--nope'), '--nope'],
    ['a repeated flag', (own) => own.toSpliced(1, 0, '--uid', '0'), 'more than once'],
    ['a parent that climbs', (own) => own.toSpliced(1, 0, '--parent-cgroup', '../x'), 'parent cgroup'],
    ['a limit without a kind', (own) => own.toSpliced(1, 0, '--resource-limit', 'nope=1'), 'resource limit'],
  ])('refuses %s', async (_what, changed, text) => {
    const run = lab.run(changed(argv()));
    expect(await run.ended).toEqual({ code: 1, signal: null });
    expect(run.output()).toContain(text);
  });

  test('sets the limits', async () => {
    const { child } = await start(['--resource-limit', 'no-file=1234']);
    expect(await readFile(`/proc/${child.pid}/limits`, 'utf8')).toMatch(/Max open files +1234 +1234 /);
  });

  test.each(['jailer copy', 'jailer nodes', 'jailer exec'])('hangs before its step: %s', async (step) => {
    const trace = lab.at('trace');
    await lab.reinstall({ trace, faults: [{ at: step, do: 'hang' }] });
    const run = lab.run(argv());
    const reached = async () => (await readFile(trace, 'utf8').catch(() => '')).includes(step);
    await lab.until(reached, `${step} is reached`);
    const process = identify(run.child.pid ?? 0);
    run.child.kill('SIGKILL');
    if (process) await waitGone(process, 60_000);
    expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL' });
  });
});

/** Where the second version of control groups is mounted, if it is. */
const cgroups = readFileSync('/proc/mounts', 'utf8').match(/^\S+ (\S+) cgroup2 /m)?.[1];

(cgroups ? test : test.skip)('the jailer makes the cgroup that it is asked for, and leaves it behind', async () => {
  const parent = `stand-in-${process.pid}`;
  const group = join(cgroups ?? '', parent, 'vm-a');
  await mkdir(lab.at('jails'));
  const flags = ['--cgroup-version', '2', '--parent-cgroup', parent, '--cgroup', 'cgroup.max.depth=3'];
  const { jailer, firecracker } = lab.programs;
  const who = ['--id', 'vm-a', '--exec-file', firecracker, '--uid', '0', '--gid', '0'];
  const run = lab.run([
    jailer,
    ...who,
    '--chroot-base-dir',
    lab.at('jails'),
    ...flags,
    '--',
    '--api-sock',
    '/run/api.sock',
  ]);
  await lab.listening(lab.at('jails/firecracker/vm-a/root/run/api.sock'), run);
  expect(await readFile(join(group, 'cgroup.procs'), 'utf8')).toContain(`${run.child.pid}\n`);
  expect(await readFile(join(group, 'cgroup.max.depth'), 'utf8')).toBe('3\n');
  run.child.kill('SIGKILL');
  await run.ended;
  // A process leaves its group a moment after it is gone.
  await lab.until(
    async () => (await readFile(join(group, 'cgroup.events'), 'utf8')).includes('populated 0'),
    'it is empty',
  );
  await rmdir(group);
  await rmdir(join(cgroups ?? '', parent));
});
