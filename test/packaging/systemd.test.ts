import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../lib/host/command.js';
import { exitConfig } from '../../lib/service.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { parseUnit } from '../support/systemd-unit.js';

/** What the unit promises, and that systemd reads it as we mean it. */

const template = readFileSync('packaging/systemd/banger.service', 'utf8');
const unit = parseUnit(template);
const service = (key: string) => unit.get('Service', key);

describe('systemd itself', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;

  beforeAll(async () => {
    folder = await tempFolder();
    mkdirSync(join(folder.path, 'bin'));
    writeFileSync(join(folder.path, 'bin/bangerd'), '#!/bin/sh\n');
    chmodSync(join(folder.path, 'bin/bangerd'), 0o755);
  });
  afterAll(() => folder.remove());

  async function verdict(text: string): Promise<string> {
    const path = join(folder.path, 'banger.service');
    writeFileSync(path, text.replaceAll('@PREFIX@', folder.path));
    const argv = ['systemd-analyze', 'verify', '--man=no', '--recursive-errors=no', path];
    return (await runCommand(argv, { okExitCodes: [0, 1] })).stderr;
  }

  test('finds nothing wrong', async () => expect(await verdict(template)).toBe(''));

  test('would tell of a key that it does not know', async () => {
    expect(await verdict(template.replace('OOMPolicy=', 'OomPolicy='))).toContain('Unknown key');
  });

  test('knows the group of the sockets', async () => {
    const root = join(folder.path, 'root');
    mkdirSync(join(root, 'etc'), { recursive: true });
    await runCommand(['systemd-sysusers', `--root=${root}`, join(process.cwd(), 'packaging/systemd/sysusers.conf')]);
    expect(readFileSync(join(root, 'etc/group'), 'utf8')).toMatch(/^banger:x:\d+:$/m);
  });
});

test('when the unit stops or restarts, only the main process is told: hypervisors go on', () => {
  expect(service('KillMode')).toEqual(['process']);
  for (const key of ['ExecStop', 'ExecStopPost', 'FinalKillSignal']) expect(service(key)).toEqual([]);
  // systemd would remove the sockets of hypervisors, and stop the unit when the kernel has killed one of its processes.
  expect(service('RuntimeDirectory')).toEqual([]);
  expect(service('OOMPolicy')).toEqual(['continue']);
  // The launcher becomes the program, so that it is the main process.
  expect(service('Type')).toEqual(['exec']);
  expect(readFileSync('packaging/launcher.sh', 'utf8')).toMatch(/\nexec "\$node" /);
});

test('no option gives a run of the unit mounts of its own: the next one must see those of the jails', () => {
  const mounting =
    /^(Private(Tmp|Devices|Mounts|Users|Network)|Protect(System|Home|Kernel\w+|ControlGroups|Proc|Hostname)|(ReadWrite|ReadOnly|Inaccessible|Exec|NoExec)Paths|Bind\w*Paths|TemporaryFileSystem|Root\w+|MountFlags|(State|Cache|Logs|Configuration)Directory|DynamicUser|ProcSubset)=/m;
  expect(template).not.toMatch(mounting);
});

test('a daemon that is told to stop stays down, one with a wrong configuration too, and one that crashed comes back', () => {
  expect(service('Restart')).toEqual(['on-failure']);
  expect(service('RestartPreventExitStatus')).toEqual([String(exitConfig)]);
});

test('it has the rights of its table, and no other', () => {
  const rights = {
    netd: ['NET_ADMIN', 'NET_RAW'],
    dnsd: ['NET_BIND_SERVICE'],
    vmm: ['SYS_ADMIN', 'SYS_CHROOT', 'SYS_RESOURCE', 'SYS_PTRACE', 'KILL', 'SETUID', 'SETGID', 'MKNOD', 'CHOWN'],
    imaged: ['SETPCAP', 'SETFCAP', 'FOWNER', 'FSETID', 'DAC_OVERRIDE', 'DAC_READ_SEARCH'],
  };
  const names = Object.values(rights)
    .flat()
    .map((name) => `CAP_${name}`);
  expect(service('CapabilityBoundingSet').sort()).toEqual(names.sort());
});
