import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { createForwarding } from './forwarding.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;

beforeEach(async () => {
  folder = await tempFolder();
  write('net/ipv4/ip_forward', '0');
  write('net/ipv4/conf/all/forwarding', '0');
  write('net/ipv4/conf/all/accept_redirects', '1');
  write('net/ipv4/conf/default/forwarding', '0');
  write('net/ipv4/conf/eth0.7/forwarding', '1');
  write('kernel/random/boot_id', 'boot-1');
});

afterEach(() => folder.remove());

function write(path: string, value: string): void {
  mkdirSync(dirname(join(folder.path, path)), { recursive: true });
  writeFileSync(join(folder.path, path), `${value}\n`);
}

const read = (path: string) => readFileSync(join(folder.path, path), 'utf8').trim();

test('a snapshot holds the switch first, then all that the kernel turns with it', async () => {
  expect(await createForwarding(folder.path).snapshot()).toEqual([
    { path: 'net/ipv4/ip_forward', value: '0' },
    { path: 'net/ipv4/conf/all/accept_redirects', value: '1' },
    { path: 'net/ipv4/conf/default/forwarding', value: '0' },
    { path: 'net/ipv4/conf/eth0.7/forwarding', value: '1' },
  ]);
});

test('what a snapshot holds goes back, without interfaces that are gone', async () => {
  const forwarding = createForwarding(folder.path);
  const snapshot = await forwarding.snapshot();
  await forwarding.turnOn();
  expect(await forwarding.isOn()).toBe(true);
  write('net/ipv4/conf/all/accept_redirects', '0');
  rmSync(join(folder.path, 'net/ipv4/conf/eth0.7'), { recursive: true });
  await forwarding.restore(snapshot);
  expect(await forwarding.isOn()).toBe(false);
  expect(read('net/ipv4/conf/all/accept_redirects')).toBe('1');
  expect(await forwarding.bootId()).toBe('boot-1');
});
