import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CommandResult, runCommand } from '../../lib/host/command.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { hostNetwork } from './support/host.js';
import { createWorld, type World } from './support/world.js';

/** Whatever goes wrong: what, why and what to do, a documented exit code, and no residue. */

const exitCodes = { usage: 2, notFound: 3, wrongState: 5, unavailable: 8 };

function expectPlainError(result: CommandResult, exitCode: number, ...parts: string[]): void {
  expect({ exitCode: result.exitCode, stderr: result.stderr }).toEqual({ exitCode, stderr: expect.any(String) });
  for (const part of parts) expect(result.stderr).toContain(part);
  expect(result.stderr).not.toMatch(/^\s+at /m);
}

describe('with a running daemon', () => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld({ env: { BANGER_VMM_FIRECRACKER: '/nonexistent/firecracker' } });
    await world.banger('daemon', 'start');
  });
  afterAll(() => world?.dispose());

  test('all mistakes of a request are reported at once', async () => {
    const args = ['--name', 'Not_A_Label', '--cpus', '999', '--memory', '1M', '--disk', '1M'];
    const result = await world.attempt('vm', 'create', ...args);
    expectPlainError(result, exitCodes.usage, 'name', 'cpu', 'memory', 'disk');
  });

  test.each([
    ['zero processors', ['--cpus', '-1'], 'cpu'],
    ['more memory than any host has', ['--memory', '900G'], 'memory'],
    ['a size that is none', ['--memory', 'lots'], 'memory'],
    ['an init that is none', ['--init', 'upstart'], 'init'],
    ['an option that is none', ['--colour', 'red'], 'colour'],
  ])('%s is refused', async (_what, args, part) => {
    expectPlainError(await world.attempt('vm', 'create', '--name', 'bad', ...args), exitCodes.usage, part);
  });

  test('an unknown image is refused and says which there are', async () => {
    const result = await world.attempt('vm', 'create', '--name', 'bad', '--image', 'plan9');
    expectPlainError(result, exitCodes.notFound, 'plan9', 'debian');
  });

  test('a hypervisor that is not there is refused with every way out', async () => {
    const result = await world.attempt('vm', 'create', '--name', 'bad', '--hypervisor', 'firecracker');
    const waysOut = ['install Firecracker', 'runtime bundle', 'BANGER_VMM_FIRECRACKER', '--hypervisor qemu'];
    expectPlainError(result, exitCodes.wrongState, '/nonexistent/firecracker was not found', ...waysOut);
  });

  test('an error is structured with --json', async () => {
    const result = await world.attempt('vm', 'show', 'nobody', '--json');
    expect(result.exitCode).toBe(exitCodes.notFound);
    const printed = JSON.parse(result.stdout || result.stderr);
    expect(printed.error).toMatchObject({ kind: 'not-found', reason: 'VM_NOT_FOUND', metadata: { vm: 'nobody' } });
  });

  test('what was refused has left nothing', async () => {
    expect(await world.json('vm', 'list')).toEqual([]);
    const folder = join(world.stateDir, 'vmm/vms');
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
    expect((await hostNetwork()).rules).toBe('');
  });
});

describe('with a tool missing', () => {
  let world: World;
  let tools: Awaited<ReturnType<typeof tempFolder>>;

  beforeAll(async () => {
    tools = await tempFolder();
    await symlink(process.execPath, join(tools.path, 'node'));
    // Of a package that no Debian is without.
    await symlink('/usr/bin/getent', join(tools.path, 'getent'));
    world = await createWorld({ images: false, env: { PATH: tools.path } });
    await world.banger('daemon', 'start');
  });
  afterAll(async () => {
    await world?.dispose();
    await tools?.remove();
  });

  test('it is named with the package that brings it', async () => {
    const result = await world.attempt('image', 'build', 'debian');
    expectPlainError(result, exitCodes.wrongState, 'mmdebstrap', 'apt install mmdebstrap');
  });

  test('all that a vm lacks is named at once, and the doctor says the same', async () => {
    const wayOut = ['apt install openssh-client', 'install Firecracker', 'apt install qemu-system-x86'];
    expectPlainError(await world.attempt('vm', 'create', '--name', 'bad'), exitCodes.wrongState, ...wayOut);
    const { exitCode, stdout } = await world.attempt('doctor');
    expect(exitCode).toBe(exitCodes.wrongState);
    for (const part of [...wayOut, 'apt install mmdebstrap']) expect(stdout).toContain(part);
    const { findings } = JSON.parse((await world.attempt('doctor', '--json')).stdout);
    const errors = findings.filter(({ severity }: { severity: string }) => severity === 'error');
    expect(errors.filter(({ remedy }: { remedy: string }) => remedy === '')).toEqual([]);
  });
});

describe('without a daemon', () => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld({ images: false });
  });
  afterAll(() => world?.dispose());

  test('the doctor says so, and how to start it', async () => {
    const { exitCode, stdout } = await world.attempt('doctor');
    expect({ exitCode, stdout }).toEqual({
      exitCode: exitCodes.unavailable,
      stdout: expect.stringContaining('start it with `banger daemon start`'),
    });
  });

  test('every command says how to start it', async () => {
    for (const command of [
      ['vm', 'list'],
      ['image', 'list'],
      ['dns', 'records'],
      ['service', 'list'],
    ]) {
      expectPlainError(await world.attempt(...command), exitCodes.unavailable, 'banger daemon start');
    }
  });

  test('a configuration with mistakes is refused with all of them', async () => {
    writeFileSync(world.configFile, '[netd]\nipv4_pool = "nonsense"\ncolour = "red"\n');
    const result = await world.attempt('daemon', 'start');
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toMatch(/ipv4_pool/);
    expect(result.stderr).toMatch(/colour/);
    writeFileSync(world.configFile, '');
  });

  test('a configuration that is no TOML is refused with its line', async () => {
    writeFileSync(world.configFile, '[netd]\nipv4_pool = \n');
    const result = await world.attempt('daemon', 'start');
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toContain('line 2');
    writeFileSync(world.configFile, '');
  });

  test('a damaged database is refused with its path', async () => {
    const path = join(world.stateDir, 'vmm/vmm.db');
    mkdirSync(join(world.stateDir, 'vmm'), { recursive: true });
    writeFileSync(path, 'this is no database, however long it may be. '.repeat(200));
    const result = await world.attempt('daemon', 'start');
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toContain(path);
    await runCommand(['rm', path]);
  });

  test('a file in the way of a socket is refused and left alone', async () => {
    const path = join(world.runDir, 'netd.sock');
    mkdirSync(world.runDir, { recursive: true });
    writeFileSync(path, 'precious');
    const result = await world.attempt('daemon', 'start');
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toContain(path);
    expect(existsSync(path)).toBe(true);
    await runCommand(['rm', path]);
  });

  test('a run directory that is too long for sockets is refused', async () => {
    const env = { ...world.env, BANGER_RUN_DIR: `${world.runDir}/${'x'.repeat(100)}` };
    const result = await runCommand(['bin/banger', 'daemon', 'start'], { env, okExitCodes: [0, 1, 2, 5, 8] });
    expectPlainError(result, exitCodes.usage, 'BANGER_RUN_DIR');
  });
});

describe('with a full disk', () => {
  let world: World;
  let mount: string;

  beforeAll(async () => {
    world = await createWorld();
    mount = join(world.stateDir, 'vmm');
    mkdirSync(mount, { recursive: true });
    // Room for vmm's own database and keys, none for a VM's disks.
    await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=1600k', 'tmpfs', mount]);
    await world.banger('daemon', 'start');
  });
  afterAll(async () => {
    await world?.attempt('daemon', 'stop');
    await runCommand(['umount', mount]);
    await world?.dispose();
  });

  test('a VM cannot be created, the error says why, and the doctor says the same', async () => {
    const result = await world.attempt('vm', 'create', '--name', 'big');
    const wayOut = ['32 MiB of disk space', 'free some space', 'BANGER_STATE_DIR'];
    expectPlainError(result, exitCodes.wrongState, ...wayOut);
    const { exitCode, stdout } = await world.attempt('doctor', '--only', 'vm-start');
    expect(exitCode).toBe(exitCodes.wrongState);
    for (const part of wayOut) expect(stdout).toContain(part);
    expect(await world.json('vm', 'list')).toEqual([]);
    expect((await hostNetwork()).rules).toBe('');
  });
});
