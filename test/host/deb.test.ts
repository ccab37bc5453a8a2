import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseRights, processRights } from '../../lib/host/capabilities.js';
import { type CommandResult, runCommand } from '../../lib/host/command.js';
import { type ServiceName, serviceNames } from '../../lib/paths.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { build } from '../../scripts/lib/prepare.mjs';
import { rightsOf } from '../../supervisor/rights.js';

/**
 * The Debian package in a Debian: the files of the image that the suites share, unpacked. There is no network: what the
 * package depends on and the image has not got is missed by `banger doctor`, not by dpkg.
 */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let root: string;
let deb: string;
let again: string;
let before: string[];

beforeAll(async () => {
  folder = await tempFolder();
  root = join(folder.path, 'root');
  mkdirSync(root);
  // Not by both at once.
  await build(() => undefined);
  const unpacked = runCommand(['debugfs', '-R', `rdump / ${root}`, debianImage()]);
  [deb, again] = await Promise.all([buildDeb('022'), buildDeb('077'), unpacked]);
  await copyFile(deb, join(root, 'banger.deb'));
  before = await files();
});
afterAll(() => folder?.remove());

/** Whatever rights the files of the builder have. */
async function buildDeb(umask: string): Promise<string> {
  const output = join(folder.path, umask);
  const build = [process.execPath, 'scripts/deb.mjs', '--fast', '--output', output];
  await runCommand(['sh', '-c', 'umask "$0" && exec "$@"', umask, ...build], { timeoutMs: 300_000 });
  const [file = ''] = readdirSync(output);
  return join(output, file);
}

function debianImage(): string {
  const objects = join(process.env.BANGER_TEST_STORE ?? '', 'objects');
  const found = readdirSync(objects).find((digest) => {
    const manifest = JSON.parse(readFileSync(join(objects, digest, 'manifest.json'), 'utf8'));
    return manifest.kind === 'image' && manifest.provenance?.source === 'debian';
  });
  if (found === undefined) throw new Error(`there is no image of debian in ${objects}; run the suites with npm test`);
  return join(objects, found, 'rootfs.ext4');
}

/** Runs a program in the Debian, in namespaces that end with it. */
function inside(argv: readonly string[], okExitCodes = [0]): Promise<CommandResult> {
  const enter = 'mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"';
  const alone = ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', enter, root];
  const env = { DEBIAN_FRONTEND: 'noninteractive', HOME: '/root', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  return runCommand([...alone, ...argv], { okExitCodes, env, timeoutMs: 120_000 });
}

/** All that is there, but for dpkg's own books, what any change of users leaves behind, and the CLI's cache. */
async function files(): Promise<string[]> {
  const books =
    /^\/(var\/lib\/dpkg\/|var\/log\/|etc\/(group|gshadow|passwd|shadow)-$|etc\/\.pwd\.lock$|root\/\.cache(\/|$))/;
  const { stdout } = await runCommand(['find', root, '-printf', '/%P %y %m %U:%G %l\\n']);
  return stdout
    .split('\n')
    .filter((line) => !books.test(line.split(' ')[0] ?? ''))
    .sort();
}

test('the same sources give the same package', () => {
  const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  expect(digest(again)).toBe(digest(deb));
});

test('what it depends on is in this Debian, and needs nothing that is not', async () => {
  const { stdout } = await runCommand(['dpkg-deb', '--field', deb, 'Depends']);
  expect(stdout).toMatch(/libc6 \(>= 2\.\d+\), libgcc-s1.*, libstdc\+\+6 \(>= \d+\)/);
  // The machine that runs the suites has all of it installed.
  const { stdout: plan } = await runCommand(['apt-get', 'install', '--simulate', '--no-install-recommends', deb]);
  expect(plan.match(/^Inst \S+/gm)).toEqual(['Inst banger']);
});

test('it installs, with its own Node, its group and its unit', async () => {
  await inside(['dpkg', '--install', '--force-depends', '/banger.deb']);
  expect(readFileSync(join(root, 'etc/group'), 'utf8')).toMatch(/^banger:/m);
  const enabled = join(root, 'etc/systemd/system/multi-user.target.wants/banger.service');
  expect((await runCommand(['readlink', enabled])).stdout.trim()).toBe('/lib/systemd/system/banger.service');
  // This Debian is kept small: its dpkg leaves out manuals, and documents but for the copyright.
  const { stdout } = await inside(['dpkg', '--verify', 'banger']);
  expect(stdout.split('\n').filter((line) => !/^missing +\/usr\/share\/(doc|man)\//.test(line))).toEqual(['']);
  expect(readFileSync(join(root, 'usr/share/doc/banger/copyright'), 'utf8')).toMatch(
    /^better-sqlite3 [\s\S]*^Node\.js v/m,
  );
});

test('it runs there', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const answer = JSON.parse((await inside(['banger', 'version', '--json'])).stdout);
  expect(answer).toMatchObject({ version, node: process.version });
  expect((await inside(['banger', '--help'])).stdout).toContain('Usage: banger COMMAND');
  // No daemon runs.
  expect((await inside(['banger', 'doctor'], [8])).stdout).toMatch(/daemon/);
});

test('the daemon comes up on what is in the package alone, and each service has its rights and no other', async () => {
  const rights =
    'for pid in $(banger service list --json | grep -o \'"pid": *[0-9]*\' | grep -o "[0-9]*"); do ' +
    'tr "\\0" " " </proc/$pid/cmdline; echo; cat /proc/$pid/status; echo; done';
  const script =
    'bangerd 2>/dev/null & until [ "$(banger service list | grep -c healthy)" = 4 ]; do :; done; ' +
    `${rights}; kill $!; wait $!`;
  const { stdout } = await inside(['sh', '-c', script]);
  expect(readdirSync(join(root, 'var/lib/banger/logs')).sort()).toContain('netd.log');
  for (const name of serviceNames) await expectRights(name, stdout);
});

/** The table in the supervisor's code against /proc. */
async function expectRights(name: ServiceName, processes: string): Promise<void> {
  const status = processes.split(/^(?=\S+node )/m).find((text) => text.includes(`/services/${name}/main.js`)) ?? '';
  const { uids, gids, groups, sets, noNewPrivileges } = parseRights(status);
  const wanted = rightsOf(name, { dnsPort: 42_069, legacyTables: false });
  const entry = (file: string, key: string) =>
    Number(new RegExp(`^${key}:[^:]*:(\\d+)`, 'm').exec(readFileSync(join(root, 'etc', file), 'utf8'))?.[1]);
  const [uid, gid] = wanted.user ? [entry('passwd', wanted.user), entry('group', wanted.user)] : [0, 0];
  expect({ name, uids, gids, groups, noNewPrivileges }).toEqual({
    name,
    uids: Array(4).fill(uid),
    gids: Array(4).fill(gid),
    groups: wanted.user ? [entry('group', 'banger')] : expect.anything(),
    noNewPrivileges: wanted.noNewPrivileges,
  });
  // What this machine has not got cannot be given.
  const had = (await processRights('self'))?.sets.Bnd ?? [];
  const all = wanted.capabilities.filter((right) => had.includes(right)).sort();
  const own = wanted.user ? all : [];
  const sorted = Object.fromEntries(Object.entries(sets).map(([set, names]) => [set, [...names].sort()]));
  expect({ name, ...sorted }).toEqual({ name, Bnd: all, Prm: all, Eff: all, Inh: own, Amb: own });
}

test('an upgrade keeps the state, a removal too, and a purge takes what is ours and nothing else', async () => {
  const state = join(root, 'var/lib/banger');
  await inside(['dpkg', '--install', '--force-depends', '/banger.deb']);
  writeFileSync(join(state, 'mine'), 'mine');
  await inside(['dpkg', '--remove', 'banger']);
  expect(readdirSync(state)).toEqual(expect.arrayContaining(['imaged', 'logs', 'mine', 'netd', 'vmm']));
  const { stderr } = await inside(['dpkg', '--purge', 'banger']);
  expect(stderr).toContain('/var/lib/banger is not empty and stays');
  expect(readdirSync(state)).toEqual(['mine']);
  await runCommand(['rm', '-r', state]);
  expect(await files()).toEqual(before);
});
