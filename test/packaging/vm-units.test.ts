import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { command } from '../../cli/commands/run.js';
import { judge, split } from '../../cli/yargs.js';
import { runCommand } from '../../lib/host/command.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { parseUnit } from '../support/systemd-unit.js';

/** The unit and the job that hold a VM each: systemd reads the one, and banger the command lines of both. */

const template = readFileSync('packaging/systemd/banger-vm@.service', 'utf8');
const unit = parseUnit(template);
const job = readFileSync('packaging/nomad/vm.nomad.hcl', 'utf8');

function mistakesIn([program, verb, ...words]: readonly string[]) {
  expect([program, verb]).toEqual([expect.stringMatching(/\/bin\/banger$/), 'run']);
  return judge(command, split(command, words)).mistakes;
}

test('systemd finds nothing wrong with the unit', async () => {
  const folder = await tempFolder();
  try {
    mkdirSync(join(folder.path, 'bin'));
    writeFileSync(join(folder.path, 'bin/banger'), '#!/bin/sh\n');
    chmodSync(join(folder.path, 'bin/banger'), 0o755);
    const path = join(folder.path, 'banger-vm@web.service');
    const verdict = async (text: string) => {
      writeFileSync(path, text.replaceAll('@PREFIX@', folder.path));
      const argv = ['systemd-analyze', 'verify', '--man=no', '--recursive-errors=no', path];
      return (await runCommand(argv, { okExitCodes: [0, 1] })).stderr;
    };
    expect(await verdict(template)).toBe('');
    expect(await verdict(template.replace('KillMode=', 'KilMode='))).toContain('Unknown key');
  } finally {
    await folder.remove();
  }
});

test('the unit’s command line is one of ours, and what it ends with is not tried again when it cannot help', () => {
  const line = unit.get('Service', 'ExecStart').join(' ');
  const settings = { $IMAGE: 'debian', $OPTIONS: '--cpus 2 --memory 2G --nat --publish 8080:80', '%i': 'web' };
  const words = line.split(' ').flatMap((word) => (settings[word as keyof typeof settings] ?? word).split(' '));
  expect(mistakesIn(words)).toEqual([]);
  expect(unit.get('Service', 'RestartPreventExitStatus')).toEqual(['2', '4']);
  // Only the process is told; it stops the guest, and has longer than the guest.
  expect(unit.get('Service', 'KillMode')).toEqual(['mixed']);
  expect(Number.parseInt(unit.get('Service', 'TimeoutStopSec')[0] ?? '', 10)).toBeGreaterThan(30);
});

test('the job’s command line is one of ours, and its guest has less time to stop than Nomad gives', () => {
  const program = /^ +command = "(.*)"$/m.exec(job)?.[1] ?? '';
  const args = JSON.parse(/^ +args +=(.*)$/m.exec(job)?.[1] ?? '[]') as string[];
  const words = [program, ...args].map((word) => word.replace(/\$\{\w+\}/, '0'));
  expect(mistakesIn(words)).toEqual([]);
  const seconds = (pattern: RegExp) => Number(pattern.exec(job)?.[1]);
  expect(Number(args[args.indexOf('--stop-timeout') + 1])).toBeLessThan(seconds(/kill_timeout = "(\d+)s"/));
});
