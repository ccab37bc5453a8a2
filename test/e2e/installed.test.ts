import { readFileSync } from 'node:fs';
import { chmod, mkdir, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { topHelp } from '../../cli/help.js';
import { pollUntil } from '../../lib/clock.js';
import { processRights } from '../../lib/host/capabilities.js';
import { runCommand } from '../../lib/host/command.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { serviceNames } from '../../lib/paths.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { parseUnit } from '../support/systemd-unit.js';
import { smoke } from './support/smoke.js';
import { createWorld, type World } from './support/world.js';

/**
 * `make install`, moved to another place, with the checkout out of sight: everything runs from an empty folder, in a mount
 * namespace where something empty lies over the checkout.
 */

const checkout = resolve('.');
const withoutCheckout = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none "$0" && exec "$@"', checkout];

let folder: Awaited<ReturnType<typeof tempFolder>>;
let tree: string;
let empty: string;

beforeAll(async () => {
  folder = await tempFolder();
  await chmod(folder.path, 0o755);
  [tree, empty] = [join(folder.path, 'moved'), join(folder.path, 'empty')];
  await mkdir(empty);
  const stage = join(folder.path, 'stage');
  const words = ['make', '--silent', 'install', `DESTDIR=${stage}`, 'PREFIX=/opt/banger'];
  await runCommand(words, { timeoutMs: 300_000 });
  await rename(join(stage, 'opt/banger'), tree);
});
afterAll(() => folder?.remove());

describe('another user', () => {
  const nobody = [
    'setpriv',
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    '--',
    'env',
    '-i',
    'PATH=/usr/bin:/bin',
  ];
  const asNobody = async (program: string, ...args: string[]) => {
    const home = join(folder.path, 'home');
    await runCommand(['install', '-d', '-o', '65534', '-g', '65534', home]);
    const places = [`HOME=${home}`, `BANGER_STATE_DIR=${home}/state`, `BANGER_RUN_DIR=${home}/run`];
    const nodeFolder = join(process.execPath, '..');
    const argv = [...withoutCheckout, ...nobody, `PATH=${nodeFolder}:/usr/bin:/bin`, ...places, program, ...args];
    return { argv, run: () => runCommand(argv, { cwd: empty, okExitCodes: [0, 5, 8] }) };
  };

  test('gets its version, through a link too, and help', async () => {
    const link = join(folder.path, 'link');
    await runCommand(['ln', '-s', join(tree, 'bin/banger'), link]);
    const version = readFileSync('package.json', 'utf8').match(/"version": "(.*)"/)?.[1];
    for (const program of [join(tree, 'bin/banger'), link]) {
      expect((await (await asNobody(program, 'version')).run()).stdout).toContain(`banger ${version} (build`);
    }
    // The build knows what the commands say of themselves without loading them.
    expect((await (await asNobody(link, '--help')).run()).stdout).toBe(`${await topHelp()}\n`);
  });

  test('is told what only root can do', async () => {
    const { exitCode, stderr } = await (await asNobody(join(tree, 'bin/banger'), 'daemon', 'start')).run();
    expect(exitCode).toBe(5);
    expect(stderr).toContain('sudo banger daemon start');
  });

  test.each(serviceNames)('runs %s with the code cache that the build has made', async (service) => {
    const main = join(tree, `libexec/banger/dist/services/${service}/main.js`);
    const look = `const { script } = await import('${main}'); console.log(script.cachedDataRejected);`;
    // A verb with which it ends by itself.
    const argv = ['--input-type=module', '--eval', look, '--', service, 'look-at-backup'];
    const { stdout } = await (await asNobody(process.execPath, ...argv)).run();
    expect(stdout.split('\n')).toContain('false');
  });

  test('brings the daemons up as far as they need no root', async () => {
    const { argv } = await asNobody(join(tree, 'bin/bangerd'));
    const daemon = spawnChild(argv, { stdio: ['ignore', 'ignore', 'inherit'], cwd: empty });
    const ended = new Promise((end) => daemon.once('exit', end));
    try {
      const list = await asNobody(join(tree, 'bin/banger'), 'service', 'list', '--json');
      const states = async () => {
        const { exitCode, stdout } = await list.run();
        return exitCode === 0 ? (JSON.parse(stdout) as { state: string }[]).map(({ state }) => state) : [];
      };
      const up = Array(4).fill('SERVICE_STATE_HEALTHY');
      const areUp = async () => JSON.stringify(await states()) === JSON.stringify(up);
      await pollUntil(areUp, { what: 'all services are healthy', timeoutMs: 120_000, everyMs: 200 });
    } finally {
      daemon.kill('SIGTERM');
      expect(await ended).toBe(0);
    }
  });
});

describe('another user, who is lent the right that netd needs', () => {
  test('has a daemon in which netd alone has it, and no service has another', async () => {
    const home = join(folder.path, 'lent');
    await runCommand(['install', '-d', '-o', '65534', '-g', '65534', home]);
    const places = [`HOME=${home}`, `BANGER_STATE_DIR=${home}/state`, `BANGER_RUN_DIR=${home}/run`];
    const path = `PATH=${join(process.execPath, '..')}:/usr/bin:/bin`;
    const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const lent = [...user, '--inh-caps=+net_admin', '--ambient-caps=+net_admin', '--', 'env', '-i', path, ...places];
    // As sudo starts it: cli/lending.ts.
    const start = [...withoutCheckout, ...lent, join(tree, 'bin/banger'), 'daemon', 'start', '--json'];
    const { stdout } = await runCommand(start, { cwd: empty, timeoutMs: 200_000 });
    const { services } = JSON.parse(stdout) as { services: { name: string; pid: number }[] };
    try {
      for (const { name, pid } of services) {
        const rights = await processRights(pid);
        expect({ name, uid: rights?.uids[0], has: rights?.sets.Prm, gives: rights?.sets.Amb }).toEqual({
          name,
          uid: 65534,
          has: name === 'netd' ? ['net_admin'] : [],
          gives: name === 'netd' ? ['net_admin'] : [],
        });
      }
    } finally {
      await runCommand([...withoutCheckout, ...lent, join(tree, 'bin/banger'), 'daemon', 'stop'], { cwd: empty });
    }
  });
});

describe('root, with the rights that the unit leaves it', () => {
  let world: World;
  const unit = () => parseUnit(readFileSync(join(tree, 'lib/systemd/system/banger.service'), 'utf8'));

  beforeAll(async () => {
    world = await createWorld({ program: [...withoutCheckout, join(tree, 'bin/banger')], cwd: empty });
  });
  afterAll(() => world?.dispose());

  test('the daemon that the unit starts runs a VM, which outlives it', async () => {
    const capabilities = unit()
      .get('Service', 'CapabilityBoundingSet')
      .map((name) => `+${name.slice(4).toLowerCase()}`);
    const bounded = ['setpriv', '--bounding-set', ['-all', ...capabilities].join(','), '--'];
    const argv = [...withoutCheckout, ...bounded, join(tree, 'bin/bangerd')];
    const daemon = spawnChild(argv, { stdio: ['ignore', 'ignore', 'inherit'], env: world.env, cwd: empty });
    const ended = new Promise((end) => daemon.once('exit', end));
    const isUp = async () => (await world.attempt('vm', 'list')).exitCode === 0;
    await pollUntil(isUp, { what: 'vmm answers', timeoutMs: 120_000, everyMs: 200 });
    // It waits for the services that are still starting.
    await world.banger('daemon', 'start');
    await world.banger('vm', 'create', '--name', 'installed', '--init', 'light', '--memory', '256M');
    // The smoke ends this daemon, as the unit does: itself alone. What starts then has all rights.
    await smoke(world, 'installed');
    expect(await ended).toBe(0);
  });
});
