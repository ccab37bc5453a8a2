import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { expectHelpful, lacksIn } from '../../../test/contracts/host-check.js';
import { createHostCheck } from './host-check.js';
import { VmPaths } from './vm-paths.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let memInfo: string;
beforeEach(async () => {
  folder = await tempFolder();
  memInfo = join(folder.path, 'meminfo');
  writeFileSync(memInfo, 'MemTotal:        4096000 kB\nMemAvailable:    2048000 kB\n');
});
afterEach(() => folder.remove());

const wanted = ['vm-start', 'work-disk-resize', 'ssh'] as const;

async function check({ stateDir = folder.path, runDir = '/run/x', jails = false } = {}) {
  const findings = await createHostCheck({ paths: new VmPaths(stateDir, runDir), jails, memInfo })(wanted);
  expectHelpful(findings, wanted);
  return findings;
}

/** Whatever this machine has of programs and space. */
const ofTheFolders = (lacks: readonly string[]) => lacks.filter((lack) => /write|memory|socket/.test(lack));

test('what a start needs is looked for by name', async () => {
  const findings = await check();
  const subjects = findings.filter(({ purpose }) => purpose === 'vm-start').map(({ subject }) => subject);
  expect(subjects).toEqual([
    'mke2fs',
    'ssh-keygen',
    'ssh',
    `the right to write ${folder.path}/vmm/vms`,
    expect.stringMatching(/ MiB of disk space in .*\/vmm\/vms$/),
    '512 MiB of memory',
    'a socket path of at most 107 bytes',
  ]);
  const growing = findings.filter(({ purpose }) => purpose === 'work-disk-resize').map(({ subject }) => subject);
  expect(growing).toEqual(['mke2fs', 'e2fsck', 'resize2fs', 'ssh']);
  expect(ofTheFolders(lacksIn(findings))).toEqual([]);
});

test('without PATH, what the system folders lack is missing, and only what VMs cannot do without keeps them from starting', async () => {
  const { PATH } = process.env;
  process.env.PATH = folder.path;
  const findings = await check().finally(() => {
    process.env.PATH = PATH;
  });
  // ssh and ssh-keygen are in /usr/bin.
  expect(lacksIn(findings).filter((lack) => lack.includes('openssh'))).toEqual([
    'error: ssh-keygen: not found; apt install openssh-client',
    'warning: ssh: not found: a guest that does not hear its power button is ended at the end of its grace; ' +
      'apt install openssh-client',
    "warning: ssh: not found: a running vm's work disk grows at its next start; apt install openssh-client",
    'error: ssh-keygen: not found; apt install openssh-client',
  ]);
});

test('a state directory that cannot be written, and memory that is short', async () => {
  writeFileSync(memInfo, 'MemAvailable:    102400 kB\n');
  // A folder of the kernel: not even root can make something in it.
  const lacks = ofTheFolders(lacksIn(await check({ stateDir: '/proc/sys/kernel' })));
  expect(lacks).toEqual([
    expect.stringMatching(
      /^error: the right to write \/proc\/sys\/kernel\/vmm\/vms: .*; run the daemon as root, or move the state directory/,
    ),
    'warning: 512 MiB of memory: 100 MiB are available; end what is not needed, or give VMs less with `--memory`',
  ]);
});

test('sockets whose paths the kernel does not take; those in jails only matter for Firecracker', async () => {
  const long = join(folder.path, 'x'.repeat(100));
  expect(ofTheFolders(lacksIn(await check({ runDir: long })))).toEqual([
    expect.stringMatching(/^error: a socket path of at most 107 bytes: .* has \d+; set BANGER_RUN_DIR to a shorter/),
  ]);
  expect(ofTheFolders(lacksIn(await check({ stateDir: long })))).toEqual([]);
  expect(ofTheFolders(lacksIn(await check({ stateDir: long, jails: true })))).toEqual([
    expect.stringMatching(/^warning: a socket path of at most 107 bytes: .*; set BANGER_STATE_DIR to a shorter/),
  ]);
});
