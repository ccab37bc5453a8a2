import { expect, test } from '@jest/globals';
import { BangerError, commonReasons } from '../../../lib/errors.js';
import type { CommandOptions, CommandResult, RunCommand } from '../../../lib/host/command.js';
import { createLinks } from './links.js';
import { createFirewall } from './nftables.js';

/** A command runner that keeps what it was asked and gives one answer. */
function answering(result: Partial<CommandResult>) {
  const asked: { argv: readonly string[]; stdin: CommandOptions['stdin'] }[] = [];
  const run = async (argv: readonly string[], options: CommandOptions = {}) => {
    asked.push({ argv, stdin: options.stdin });
    return { stdout: '', stderr: '', exitCode: 0, ...result };
  };
  return { asked, run };
}

/** A command runner whose programs fail, as `runCommand` tells it. */
function failing(output: string): RunCommand {
  const failure = new BangerError('internal', commonReasons.COMMAND_FAILED, `ip failed with exit code 1: ${output}`);
  return () => Promise.reject(failure);
}

test('lines are one batch', async () => {
  const { asked, run } = answering({});
  await createLinks(run).run(['link delete dev bgr10', 'link delete dev bgr11']);
  expect(asked).toEqual([{ argv: ['ip', '-batch', '-'], stdin: 'link delete dev bgr10\nlink delete dev bgr11\n' }]);
});

test('interfaces and addresses are read from what ip prints', async () => {
  const stdout = JSON.stringify([
    {
      ifname: 'lo',
      addr_info: [
        { local: '127.0.0.1', label: 'lo' },
        { local: '10.77.0.1', label: 'lo:mark' },
      ],
    },
    { ifname: 'bgr10', ifalias: 'banger:mark:0:web', addr_info: [{ local: '10.77.0.1' }] },
  ]);
  const links = createLinks(answering({ stdout }).run);
  expect(await links.list()).toEqual([
    { name: 'lo', alias: '' },
    { name: 'bgr10', alias: 'banger:mark:0:web' },
  ]);
  expect(await links.addresses()).toEqual([
    { link: 'lo', address: '127.0.0.1', label: 'lo' },
    { link: 'lo', address: '10.77.0.1', label: 'lo:mark' },
    { link: 'bgr10', address: '10.77.0.1', label: 'bgr10' },
  ]);
});

test('an interface that the kernel has no folder of is not asked for', async () => {
  const { asked, run } = answering({});
  expect(await createLinks(run, '/nowhere').find('bgr10')).toBeUndefined();
  expect(asked).toEqual([]);
});

test('a folder that is no interface is none', async () => {
  const { asked, run } = answering({ exitCode: 1, stderr: 'Device "all" does not exist.' });
  expect(await createLinks(run).find('all')).toBeUndefined();
  expect(asked.map(({ argv }) => argv)).toEqual([['ip', '-j', 'link', 'show', 'dev', 'all']]);
});

test('a tap that a process has open is not removed; every other failure of ip is one', async () => {
  const { asked, run } = answering({});
  expect(await createLinks(run).removeTapUnlessOpen('bgr10')).toBe(true);
  expect(asked.map(({ argv }) => argv.join(' '))).toEqual(['ip tuntap delete dev bgr10 mode tap']);
  expect(await createLinks(failing('ioctl(TUNSETIFF): Device or resource busy')).removeTapUnlessOpen('bgr10')).toBe(
    false,
  );
  const denied = createLinks(failing('ioctl(TUNSETIFF): Operation not permitted')).removeTapUnlessOpen('bgr10');
  await expect(denied).rejects.toMatchObject({ reason: 'COMMAND_FAILED' });
});

test('commands are one transaction', async () => {
  const { asked, run } = answering({});
  await createFirewall(run).run([{ delete: { table: { family: 'inet', name: 'banger' } } }]);
  expect(asked).toEqual([
    { argv: ['nft', '-j', '-f', '-'], stdin: '{"nftables":[{"delete":{"table":{"family":"inet","name":"banger"}}}]}' },
  ]);
});

test('the comments of a table’s rules are read from what nft prints', async () => {
  const stdout = JSON.stringify({ nftables: [{ metainfo: {} }, { rule: { comment: 'banger:mark' } }, { rule: {} }] });
  expect(await createFirewall(answering({ stdout }).run).findTable('banger')).toEqual({
    comments: ['banger:mark'],
    digest: '{"rule":{"comment":"banger:mark"}}\n{"rule":{}}',
  });
});

test('a table that is not there is an answer; every other failure of nft is one', async () => {
  const absent = answering({ exitCode: 1, stderr: 'Error: No such file or directory\nlist table inet banger\n' });
  expect(await createFirewall(absent.run).findTable('banger')).toBeUndefined();
  const denied = answering({ exitCode: 1, stderr: 'Operation not permitted (you must be root)' });
  await expect(createFirewall(denied.run).findTable('banger')).rejects.toMatchObject({
    reason: 'COMMAND_FAILED',
    message: expect.stringContaining('you must be root'),
  });
});
