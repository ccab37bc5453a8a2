import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { endProcess } from '../../lib/host/process.js';
import { spawnDetached } from '../../lib/host/spawn.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { bangerProgram, createWorld, type World } from './support/world.js';

/** What people do in their VMs, with a real guest that serves all of it. */

let world: World;
let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeAll(async () => {
  folder = await tempFolder();
  world = await createWorld();
  await world.banger('daemon', 'start');
  await world.banger('vm', 'create', '--name', 'web');
});
afterAll(async () => {
  await world?.dispose();
  await folder?.remove();
});

const path = (...names: string[]) => join(folder.path, ...names);
const exec = (...words: string[]) => world.attempt('vm', 'exec', 'web', ...words);
const guestSays = async (...command: string[]) => (await exec('--', ...command)).stdout;

describe('exec', () => {
  test('streams are apart, words are as they were, and the exit code is passed on', async () => {
    const { stdout, stderr, exitCode } = await exec(
      '--',
      'sh',
      '-c',
      'printf "%s|" "$@"; echo no >&2; exit 42',
      'sh',
      'a  b',
      "it's",
      '$HOME',
    );
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: "a  b|it's|$HOME|", stderr: 'no\n', exitCode: 42 });
  });

  test('standard input goes to it, to its end', async () => {
    const stdin = Buffer.alloc(3_000_000, 'banger\n');
    const { stdout } = await runCommand([bangerProgram, 'vm', 'exec', 'web', '--', 'wc', '-c'], {
      env: world.env,
      stdin,
    });
    expect(stdout.trim()).toBe('3000000');
  });

  test('variables, a folder and a user are as asked for', async () => {
    const script = 'id -un; pwd; echo "$A-$HOME"';
    const { stdout } = await exec('--env', 'A=x y', '--cwd', '/usr', '--user', 'nobody', '--', 'sh', '-c', script);
    expect(stdout).toBe('nobody\n/usr\nx y-/nonexistent\n');
  });

  test('what cannot be run says so, with the codes of a shell', async () => {
    expect(await exec('--', 'no-such-program')).toMatchObject({
      exitCode: 127,
      stderr: expect.stringContaining('not found'),
    });
    expect(await exec('--cwd', '/no', '--', 'true')).toMatchObject({ exitCode: 126 });
    expect(await exec('--timeout', '1', '--', 'sleep', '1000')).toMatchObject({ exitCode: 124 });
    expect(await exec()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('COMMAND is missing') });
  });

  test('it ends when its caller does', async () => {
    const argv = [bangerProgram, 'vm', 'exec', 'web', '--no-input', '--', 'sh', '-c', 'echo $$ >/run/pid; sleep 1000'];
    const { identity } = await spawnDetached(argv, { logPath: path('exec.log'), env: world.env });
    const runs = async () => (await exec('--', 'sh', '-c', 'kill -0 $(cat /run/pid)')).exitCode === 0;
    await pollUntil(runs, { what: 'it runs', timeoutMs: 120_000 });
    await endProcess(identity, 0);
    await pollUntil(async () => !(await runs()), { what: 'it has ended', timeoutMs: 120_000 });
  });

  test('a terminal is one', async () => {
    const line = `${bangerProgram} vm exec web --tty -- sh -c 'tty; stty size'`;
    const { stdout } = await runCommand(['script', '-qec', `stty cols 101 rows 31; ${line}`, '/dev/null'], {
      env: world.env,
    });
    expect(stdout).toContain('/dev/pts/');
    expect(stdout).toContain('31 101');
    expect((await exec('--tty', '--', 'true')).exitCode).toBe(2);
  });
});

describe('cp', () => {
  test('a file goes in, under its name or a new one, and comes back', async () => {
    writeFileSync(path('note'), 'hello\n', { mode: 0o640 });
    expect((await world.banger('vm', 'cp', path('note'), 'web:/srv')).stdout).toBe('web:/srv/note\n');
    expect(await guestSays('stat', '-c', '%a %U', '/srv/note')).toBe('640 root\n');
    await world.banger('vm', 'cp', path('note'), 'web:renamed');
    await world.banger('vm', 'cp', 'web:renamed', path('back'));
    expect(readFileSync(path('back'), 'utf8')).toBe('hello\n');
    expect(statSync(path('back')).mode & 0o777).toBe(0o640);
  });

  test('a tree keeps what is in it', async () => {
    mkdirSync(path('tree/empty'), { recursive: true });
    writeFileSync(path('tree/-odd name\n'), 'x');
    symlinkSync('/nowhere', path('tree/link'));
    await world.banger('vm', 'cp', path('tree'), 'web:/srv/new');
    await world.banger('vm', 'cp', 'web:/srv/new', 'web:/srv/copy');
    await world.banger('vm', 'cp', 'web:/srv/copy/', folder.path);
    expect(readdirSync(path('copy')).sort()).toEqual(['-odd name\n', 'empty', 'link']);
    expect(readlinkSync(path('copy/link'))).toBe('/nowhere');
  });

  test('what cannot be copied says why, and leaves nothing', async () => {
    const fails = async (from: string, to: string) => (await world.attempt('vm', 'cp', from, to)).stderr;
    expect(await fails('web:/no', folder.path)).toContain('cannot copy from web:/no: there is no /no');
    expect(await fails(path('note'), 'web:/no/where')).toContain('there is no folder /no that can be entered');
    expect(await fails(path('note'), 'web:/srv/nowhere/')).toContain('there is no folder /srv/nowhere/');
    expect(await fails(path('tree'), 'web:/etc/hostname')).toContain('/etc/hostname is there and is no folder');
    expect(await fails(path('note'), path('x'))).toContain('neither place is in a VM');
    expect(await fails('web:/etc/hostname', '/no/where/x')).toContain(
      'there is no such folder; see `banger vm cp --help`',
    );
    expect(await guestSays('sh', '-c', 'ls -a /srv /etc | grep banger-copy')).toBe('');
  });

  test('a large file goes through whole', async () => {
    await runCommand(['sh', '-c', `head -c 20000000 /dev/urandom >${path('large')}`]);
    await world.banger('vm', 'cp', path('large'), 'web:/srv/large');
    const [digest] = (await runCommand(['sha256sum', path('large')])).stdout.split(' ');
    expect(await guestSays('sha256sum', '/srv/large')).toContain(digest);
  });
});

describe('ssh and its friends', () => {
  const config = () => path('ssh_config');
  const runs = (...argv: string[]) => runCommand(argv, { timeoutMs: 120_000 });

  test('know the VM by its names once they are told, without a question', async () => {
    writeFileSync(config(), 'Host *\n  User nobody\n  BatchMode yes\n', { mode: 0o644 });
    await world.banger('ssh-config', 'install', '--file', config());
    expect((await runs('ssh', '-F', config(), 'web.vm', 'hostname; id -un')).stdout).toBe('web\nroot\n');
    await world.banger('vm', 'set', 'web', '--alias', 'www');
    expect((await runs('ssh', '-F', config(), 'api.www.vm', 'hostname')).stdout).toBe('web\n');
    expect((await world.banger('ssh-config', 'install', '--file', config())).stdout).toContain('already');
    expect(await world.json('ssh-config', 'show', '--file', config())).toMatchObject({ installed: true });
  });

  test('scp and sftp copy by them', async () => {
    writeFileSync(path('by-scp'), 'hello\n');
    await runs('scp', '-F', config(), path('by-scp'), 'web.vm:/srv/');
    await runs('scp', '-F', config(), 'web.vm:/srv/by-scp', path('back-by-scp'));
    expect(readFileSync(path('back-by-scp'), 'utf8')).toBe('hello\n');
  });

  test('know it no more afterwards, and the file is as it was', async () => {
    await world.banger('ssh-config', 'uninstall', '--file', config());
    expect(readFileSync(config(), 'utf8')).toBe('Host *\n  User nobody\n  BatchMode yes\n');
    expect(statSync(config()).mode & 0o777).toBe(0o644);
  });
});

test('the console log is cut to what was written since a time', async () => {
  const { stdout: all } = await world.banger('vm', 'logs', 'web');
  expect(all).not.toBe('');
  expect((await world.banger('vm', 'logs', 'web', '--since', '1d')).stdout).toBe(all);
  expect((await world.banger('vm', 'logs', 'web', '--since', '2222-02-02')).stdout).toBe('');
  expect((await world.attempt('vm', 'logs', 'web', '--since', 'then')).exitCode).toBe(2);
});

test('run makes a VM for one command, and nothing of it stays', async () => {
  const stdin = Buffer.from('hello');
  const argv = [bangerProgram, 'run', 'debian', '--rm', '--quiet', '--', 'sh', '-c', 'cat; hostname; exit 9'];
  const { stdout, exitCode } = await runCommand(argv, { env: world.env, stdin, okExitCodes: [9] });
  expect({ exitCode, stdout }).toEqual({ exitCode: 9, stdout: expect.stringMatching(/^hellorun-[0-9a-f]{8}\n$/) });
  expect(await world.json('vm', 'list')).toMatchObject([{ name: 'web' }]);
  expect((await world.banger('vm', 'trash')).stdout).not.toContain('run-');
});
