import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findCgroupMount } from '../../lib/host/cgroup.js';
import { runCommand } from '../../lib/host/command.js';
import { ensureFolder, open, pathExists, readdir, readFile, writeFile } from '../../lib/host/files.js';
import type { LaunchPlan } from '../../services/vmm/app/ports.js';
import { Jails } from '../../services/vmm/host/firecracker/jail.js';
import { nothingIsLeft, uidsOf } from '../contracts/hypervisor-under-test.js';
import { type FirecrackerLab, firecrackerLab } from './firecracker-lab.js';

/** What keeps a Firecracker apart from the host: its cgroup and its jail, and what stands in their way. */

let lab: FirecrackerLab;
afterEach(() => lab.remove());

const cgroups = await findCgroupMount();
if (cgroups === undefined) console.info('a cgroup that cannot be entered: not run: this host has no cgroup v2');

(cgroups === undefined ? test.skip : test)('a process that cannot enter its cgroup is ended', async () => {
  lab = await firecrackerLab();
  const plan = await lab.plan(1);
  const parent = join(cgroups ?? '', lab.paths.cgroup);
  await runCommand(['mkdir', parent]);
  await runCommand(['mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', parent]);
  await expect(lab.adapter().launch(plan)).rejects.toMatchObject({
    reason: 'HYPERVISOR_FAILED',
    message: expect.stringContaining('cgroup'),
  });
  await runCommand(['umount', parent]);
  await runCommand(['rmdir', parent]);
  await nothingIsLeft(lab, plan.uid);
});

describe('a jail', () => {
  beforeEach(async () => {
    lab = await firecrackerLab({ jailed: true });
  });
  afterEach(async () => {
    if (other !== undefined) await runCommand(['umount', other]);
    other = undefined;
  });
  let other: string | undefined;

  /** With the kernel on a file system of its own. */
  async function onTmpfs(plan: LaunchPlan): Promise<LaunchPlan> {
    const folder = join(lab.path, 'other');
    await ensureFolder(folder);
    await runCommand(['mount', '-t', 'tmpfs', 'tmpfs', folder]);
    other = folder;
    const vmlinuxPath = join(folder, 'vmlinux');
    await writeFile(vmlinuxPath, '\x7fELF on another file system', { mode: 0o644 });
    return { ...plan, vmlinuxPath };
  }

  test('of a run before, with its nodes and its mounts, is cleared first, and nothing beyond a mount is touched', async () => {
    const plan = await lab.plan(1);
    const root = await new Jails(lab.paths.jails).root(lab.programs.firecracker, plan.uid);
    await ensureFolder(join(root, 'mounted'));
    await writeFile(join(root, 'firecracker.pid'), '1');
    const precious = join(lab.path, 'precious');
    await ensureFolder(precious);
    await writeFile(join(precious, 'file'), 'kept');
    await runCommand(['mount', '--bind', precious, join(root, 'mounted')]);
    const machine = await lab.adapter().launch(plan);
    expect(await readdir(root)).not.toContain('mounted');
    expect(await readFile(join(precious, 'file'), 'utf8')).toBe('kept');
    await machine.end();
    await nothingIsLeft(lab, plan.uid);
  });

  test('whose mount is in use stays, is told, and is in no other VM’s way', async () => {
    const plan = await lab.plan(1);
    const root = await new Jails(lab.paths.jails).root(lab.programs.firecracker, plan.uid);
    const mounted = join(root, 'mounted');
    await ensureFolder(mounted);
    await runCommand(['mount', '-t', 'tmpfs', 'tmpfs', mounted]);
    const inside = await open(join(mounted, 'file'), 'w');
    await expect(lab.adapter().launch(plan)).rejects.toMatchObject({
      reason: 'JAIL_NOT_CLEARED',
      message: expect.stringMatching(/mounted.*umount/s),
    });
    expect(await uidsOf(lab.adapter())).toEqual([]);
    await (await lab.adapter().launch(await lab.plan(2))).end();
    await inside.close();
    expect(await uidsOf(lab.adapter())).toEqual([]);
    await nothingIsLeft(lab, plan.uid);
  });

  test('below a symbolic link takes files of another file system too', async () => {
    await ensureFolder(join(lab.path, 'real'));
    await runCommand(['ln', '-s', 'real', join(lab.path, 's')]);
    const plan = await onTmpfs(await lab.plan(1));
    await (await lab.adapter().launch(plan)).end();
    await nothingIsLeft(lab, plan.uid);
  });

  test('takes files of another file system by a mount, and gives them back', async () => {
    const plan = await onTmpfs(await lab.plan(1));
    await (await lab.adapter().launch(plan)).end();
    await nothingIsLeft(lab, plan.uid);
    expect(await pathExists(plan.vmlinuxPath)).toBe(true);
  });
});
