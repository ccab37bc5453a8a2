import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { HostResolvers, parseResolvConf, type ResolverFiles } from './resolv-conf.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let files: ResolverFiles;

beforeEach(async () => {
  folder = await tempFolder();
  files = { resolvConf: join(folder.path, 'resolv.conf'), systemdResolvConf: join(folder.path, 'systemd.conf') };
});
afterEach(() => folder.remove());

const local = { address: '127.0.0.1', port: 53 };

test.each([
  ['', [local]],
  ['search vm\noptions ndots:1\n', [local]],
  ['nameserver 192.0.2.1\n', [{ address: '192.0.2.1', port: 53 }]],
  [
    '# by hand\nnameserver\t192.0.2.1 # first\n;nameserver 192.0.2.9\nnameserver fe80::1%eth0\nnameserver dns.example\n',
    [
      { address: '192.0.2.1', port: 53 },
      { address: 'fe80::1%eth0', port: 53 },
    ],
  ],
  ['nameserver 192.0.2.1:5353\n', [local]],
  ['x'.repeat(10), [local]],
])('%j has the servers %j', (text, servers) => {
  expect(parseResolvConf(text)).toEqual(servers);
});

test('only the first three count', () => {
  expect(parseResolvConf([1, 2, 3, 4].map((i) => `nameserver 192.0.2.${i}`).join('\n'))).toHaveLength(3);
});

test('behind the stub of systemd-resolved its own servers are asked', async () => {
  await writeFile(files.resolvConf, 'nameserver 127.0.0.53\n');
  expect(await new HostResolvers(files).servers()).toEqual([{ address: '127.0.0.53', port: 53 }]);
  await writeFile(files.systemdResolvConf, 'nameserver 192.0.2.7\n');
  expect(await new HostResolvers(files).servers()).toEqual([{ address: '192.0.2.7', port: 53 }]);
});

test('without a file the local server is asked', async () => {
  expect(await new HostResolvers(files).servers()).toEqual([local]);
});

test('a changed or replaced file is read again', async () => {
  const resolvers = new HostResolvers(files);
  const becomes = (address: string) =>
    pollUntil(async () => (await resolvers.servers())[0]?.address === address, { what: address, timeoutMs: 20_000 });
  await writeFile(files.resolvConf, 'nameserver 192.0.2.1\n');
  await becomes('192.0.2.1');
  await writeFile(files.resolvConf, 'nameserver 192.0.2.2\n');
  await becomes('192.0.2.2');
  await writeFile(`${files.resolvConf}.new`, 'nameserver 192.0.2.3\n');
  await rename(`${files.resolvConf}.new`, files.resolvConf);
  await becomes('192.0.2.3');
});
