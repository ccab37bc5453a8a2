import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { HostResolvers, type ResolverFiles } from './resolv-conf.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let files: ResolverFiles;

beforeEach(async () => {
  folder = await tempFolder();
  files = { resolvConf: join(folder.path, 'resolv.conf'), resolvedFolder: join(folder.path, 'resolve') };
  await mkdir(files.resolvedFolder);
});
afterEach(() => folder.remove());

const local = { address: '127.0.0.1', port: 53 };
const stub = { address: '127.0.0.53', port: 53 };

test('where systemd-resolved stands between it is asked, for it knows which server answers for which domain', async () => {
  await writeFile(files.resolvConf, 'nameserver 127.0.0.53\n');
  await writeFile(join(files.resolvedFolder, 'resolv.conf'), 'nameserver 192.0.2.7\n');
  expect(await new HostResolvers(files).servers()).toEqual([stub]);
});

test('it is asked first where its list of servers is the host’s, too', async () => {
  await writeFile(join(files.resolvedFolder, 'resolv.conf'), 'nameserver 192.0.2.7\n');
  await symlink(join(files.resolvedFolder, 'resolv.conf'), files.resolvConf);
  expect(await new HostResolvers(files).servers()).toEqual([stub, { address: '192.0.2.7', port: 53 }]);
});

test('the list is another as soon as systemd-resolved knows something else about a link', async () => {
  await writeFile(files.resolvConf, 'nameserver 127.0.0.53\n');
  await mkdir(join(files.resolvedFolder, 'netif'));
  const resolvers = new HostResolvers(files);
  const before = await resolvers.servers();
  expect(await resolvers.servers()).toBe(before);
  await writeFile(join(files.resolvedFolder, 'netif', '7'), 'DOMAINS=~corp.example\n');
  const changed = async () => (await resolvers.servers()) !== before;
  await pollUntil(changed, { what: 'the list is another', timeoutMs: 20_000 });
  expect(await resolvers.servers()).toEqual(before);
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
