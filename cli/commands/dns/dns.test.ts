import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import {
  DnsServiceService,
  GetDnsStatusResponse,
  ListenerRole,
  ListRecordsResponse,
  RecordType,
} from '../../../gen/banger/dnsd/v1/dns_service.js';
import { pathExists } from '../../../lib/host/files.js';
import { banger, serveFake, systemRoot } from '../../../test/fakes/command-line.js';

const at = (path: string) => join(systemRoot(), path);

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
}

beforeEach(async () => {
  const soa = (name: string) => ({ name, type: RecordType.SOA });
  const records = [soa('77.10.in-addr.arpa.'), soa('vm.'), { name: 'web.vm.', type: RecordType.A, data: '10.77.0.10' }];
  const listeners = [{ role: ListenerRole.HOST, address: '127.0.0.1', port: 42069, listening: true }];
  const guests = [{ vmName: 'web', address: '10.77.0.10', askedCount: 9, limitedCount: 2 }];
  await serveFake('dnsd', DnsServiceService, {
    listRecords: () => ListRecordsResponse.fromPartial({ records }),
    getDnsStatus: () =>
      GetDnsStatusResponse.fromPartial({ listeners, synced: true, guests, upstreams: ['127.0.0.53:53'] }),
  });
});

const dnsmasqFile = '/etc/dnsmasq.d/banger.conf';

test('dnsmasq is told, told once, and forgets it', async () => {
  await put('/etc/resolv.conf', 'nameserver 127.0.0.1\n');
  await put('/etc/dnsmasq.d/README', '');
  const dry = await banger('dns install --dry-run');
  expect(dry.stdout).toContain(`write ${dnsmasqFile}:\n  # Made by`);
  expect(dry.stdout).toContain('  server=/vm/127.0.0.1#42069\n  server=/77.10.in-addr.arpa/127.0.0.1#42069\n');
  expect(await pathExists(at(dnsmasqFile))).toBe(false);
  expect((await banger('dns status')).stdout).toContain('sudo banger dns install');
  expect(JSON.parse((await banger('dns install --json')).stdout)).toMatchObject({ resolver: 'dnsmasq', changed: true });
  expect(await readFile(at(dnsmasqFile), 'utf8')).toContain('rebind-domain-ok=/vm/');
  expect(await banger('dns install')).toMatchObject({ code: 0, stdout: 'dnsmasq is told already\n' });
  expect((await banger('dns status')).stdout).toContain(`dnsmasq is told by ${dnsmasqFile}`);
  expect((await banger('dns uninstall --dry-run')).stdout).toContain(`remove ${dnsmasqFile}`);
  expect(await banger('dns uninstall')).toMatchObject({ code: 0 });
  expect(await pathExists(at(dnsmasqFile))).toBe(false);
  expect(await banger('dns uninstall')).toMatchObject({ code: 0, stdout: 'There is nothing to take back.\n' });
});

test('NetworkManager is told when it starts a dnsmasq of its own', async () => {
  await put('/etc/resolv.conf', 'nameserver 127.0.0.1\n');
  await put('/etc/NetworkManager/conf.d/dns.conf', '[main]\ndns=dnsmasq\n');
  expect((await banger('dns install')).stdout).toContain('networkmanager is told');
  expect(await pathExists(at('/etc/NetworkManager/dnsmasq.d/banger.conf'))).toBe(true);
});

test('where there is only a file of name servers, nothing is written, and what to add is told', async () => {
  await put('/etc/resolv.conf', 'nameserver 192.0.2.1\n');
  const { code, stdout } = await banger('dns install');
  expect(code).toBe(0);
  expect(stdout).toContain('server=/vm/127.0.0.1#42069');
  expect(stdout).toContain('nameserver 127.0.0.1');
});

test('another resolver of this host may know of .vm: only a lookup tells', async () => {
  await put('/etc/resolv.conf', 'nameserver ::1\n');
  const { stdout } = await banger('dns status --json');
  expect(JSON.parse(stdout).host).toMatchObject({ isWired: true, found: expect.stringContaining('`banger dns test`') });
});

test('only root changes the host', async () => {
  const { code, stderr } = await banger('dns install --resolver dnsmasq', undefined, 1000);
  expect(code).toBe(5);
  expect(stderr).toContain('sudo banger dns install');
  expect(await pathExists(at(dnsmasqFile))).toBe(false);
});

test('somebody else’s file stays', async () => {
  await put(dnsmasqFile, 'server=/vm/192.0.2.1\n');
  const { code, stderr } = await banger('dns install --resolver dnsmasq');
  expect(code).toBe(4);
  expect(stderr).toContain(`${dnsmasqFile} is there and is not of banger`);
  await banger('dns uninstall');
  expect(await readFile(at(dnsmasqFile), 'utf8')).toBe('server=/vm/192.0.2.1\n');
});

test('what guests ask is shown by VM, and that this host does not ask', async () => {
  await put('/etc/resolv.conf', 'nameserver 192.0.2.1\n');
  const { stdout } = await banger('dns status');
  expect(stdout).toMatch(/web +10\.77\.0\.10 +9 +0 +0 +0 +2/);
  expect(stdout).toContain('127.0.0.53:53');
  expect(JSON.parse((await banger('dns status --json')).stdout)).toMatchObject({ host: { isWired: false } });
  const doctor = await banger('doctor --only dns');
  expect(doctor).toMatchObject({ code: 0, stdout: expect.stringContaining('! names for programs here') });
});
