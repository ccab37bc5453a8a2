import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { buildId } from '../lib/build.js';
import type { DaemonFile } from '../lib/daemon-file.js';
import { identify } from '../lib/host/process.js';
import { resolvePaths } from '../lib/paths.js';
import { tempFolder } from '../lib/testing/temp-folder.js';
import { openClients } from './clients.js';
import type { Context } from './context.js';
import { daemonProgram } from './daemon-start.js';
import { mendStaleDaemon } from './stale.js';

/** This process plays the daemon; nothing answers at its socket. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let close: () => void = () => undefined;

beforeEach(async () => {
  folder = await tempFolder();
  mkdirSync(join(folder.path, 'run'));
});
afterEach(async () => {
  close();
  await folder.remove();
});

function daemonIs(file: Partial<DaemonFile>): void {
  const own = {
    ...identify(process.pid),
    buildId: 'other',
    version: '1.2.3',
    program: daemonProgram,
    startedBy: 'cli',
  };
  writeFileSync(join(folder.path, 'run/daemon.json'), JSON.stringify({ ...own, ...file }));
}

/** What a command is told before it runs, and what it has shown meanwhile. */
async function notes(path: string, { uid = 0, env = {} }: { uid?: number; env?: Context['env'] } = {}) {
  const said: string[] = [];
  const paths = resolvePaths({ BANGER_RUN_DIR: join(folder.path, 'run') }, 0);
  const clients = openClients(paths);
  close = () => clients.close();
  const progress = { show: (text: string) => said.push(text), end: () => undefined };
  const signal = new AbortController().signal;
  const note = (line: string) => said.push(line);
  await mendStaleDaemon({ paths, uid, env, clients, progress, signal, note } as unknown as Context, path);
  return said;
}

const stale = `note: the daemon runs build other, and this is ${buildId}`;

test('nothing is said where no daemon runs, or one of this build, or nobody could tell', async () => {
  expect(await notes('vm list')).toEqual([]);
  daemonIs({ buildId });
  expect(await notes('vm list')).toEqual([]);
  // As a daemon that was killed leaves it.
  daemonIs({ startTime: 1 });
  expect(await notes('vm list', { uid: 1000 })).toEqual([]);
  writeFileSync(join(folder.path, 'run/daemon.json'), 'damaged');
  expect(await notes('vm list')).toEqual([]);
});

test('who may not roll it over is told what to run', async () => {
  daemonIs({});
  expect(await notes('vm list', { uid: 1000 })).toEqual([`${stale}; roll it over with \`sudo banger daemon restart\``]);
});

test('one that somebody else has to start again is told of, and left', async () => {
  for (const startedBy of ['systemd', 'other'] as const) {
    daemonIs({ startedBy });
    expect(await notes('vm list')).toEqual([`${stale}; roll it over with \`banger daemon restart\``]);
  }
  daemonIs({ program: '/opt/other/main.js' });
  expect(await notes('vm list')).toEqual([`${stale}; it belongs to another installation, /opt/other/main.js`]);
});

test('commands about the daemon, and whoever asks for it, are left alone', async () => {
  daemonIs({ startedBy: 'other' });
  for (const path of ['daemon status', 'daemon restart', 'version', 'bundle show', 'doctor']) {
    expect(await notes(path)).toEqual([]);
  }
  expect(await notes('vm list', { env: { BANGER_ROLL_OVER: 'never' } })).toEqual([]);
});

test('one that has ended meanwhile is none, and the command goes on', async () => {
  daemonIs({});
  expect(await notes('vm list')).toEqual([]);
});
