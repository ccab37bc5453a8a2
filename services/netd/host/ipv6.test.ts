import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { createIpv6Forwarding, hostHasIpv6, uniqueHash } from './ipv6.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;

beforeEach(async () => {
  folder = await tempFolder();
  for (const name of ['all', 'default', 'eth0', 'eth1.7']) {
    write(`${name}/disable_ipv6`, '0');
    write(`${name}/forwarding`, name === 'eth1.7' ? '1' : '0');
    write(`${name}/accept_ra`, name === 'eth1.7' ? '0' : '1');
  }
});

afterEach(() => folder.remove());

const place = (path: string) => join(folder.path, 'net/ipv6/conf', path);
function write(path: string, value: string): void {
  mkdirSync(dirname(place(path)), { recursive: true });
  writeFileSync(place(path), `${value}\n`);
}
const read = (path: string) => readFileSync(place(path), 'utf8').trim();

test('a snapshot has the switch first, then what turns with it, and last who listens to advertisements', async () => {
  const snapshot = await createIpv6Forwarding(folder.path).snapshot();
  expect(snapshot.map(({ path, value }) => `${path.replace('net/ipv6/conf/', '')} ${value}`)).toEqual([
    'all/forwarding 0',
    'default/forwarding 0',
    'eth0/forwarding 0',
    'eth1.7/forwarding 1',
    'default/accept_ra 1',
    'eth0/accept_ra 1',
  ]);
});

test('who listens to advertisements goes on while the host forwards, and all is as it was afterwards', async () => {
  const forwarding = createIpv6Forwarding(folder.path);
  const before = await forwarding.snapshot();
  expect(await forwarding.isOn()).toBe(false);
  await forwarding.turnOn();
  expect(await forwarding.isOn()).toBe(true);
  expect(['default', 'eth0', 'eth1.7'].map((name) => read(`${name}/accept_ra`))).toEqual(['2', '2', '0']);
  rmSync(place('eth1.7'), { recursive: true });
  await forwarding.restore(before);
  expect(['all/forwarding', 'default/accept_ra', 'eth0/accept_ra'].map(read)).toEqual(['0', '1', '1']);
});

test('a host has IPv6 when the kernel has it and gives it to new interfaces', async () => {
  expect(await hostHasIpv6(folder.path)).toBe(true);
  write('default/disable_ipv6', '1');
  expect(await hostHasIpv6(folder.path)).toBe(false);
  rmSync(place(''), { recursive: true });
  expect(await hostHasIpv6(folder.path)).toBe(false);
});

test('what the pool is made of is a host’s own, stays, and does not tell the machine id', async () => {
  const file = join(folder.path, 'machine-id');
  writeFileSync(file, `${'ab'.repeat(16)}\n`);
  const hash = await uniqueHash('0123456789ab', file);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await uniqueHash('0123456789ab', file)).toBe(hash);
  expect(await uniqueHash('ba9876543210', file)).not.toBe(hash);
  writeFileSync(file, `${'cd'.repeat(16)}\n`);
  expect(await uniqueHash('0123456789ab', file)).not.toBe(hash);
  const none = join(folder.path, 'none');
  expect(await uniqueHash('0123456789ab', none)).not.toBe(await uniqueHash('0123456789ab', none));
});
