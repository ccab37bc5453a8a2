import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { expectHelpful, lacksIn } from '../../../test/contracts/host-check.js';
import { createHostCheck } from './host-check.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
const { PATH } = process.env;

beforeEach(async () => {
  folder = await tempFolder();
  process.env.PATH = join(folder.path, 'bin');
  for (const program of ['ip', 'nft', 'conntrack']) {
    put(`bin/${program}`, '#!/bin/sh\n');
    chmodSync(join(folder.path, 'bin', program), 0o755);
  }
  put('tun', '');
  put('proc/self/status', 'Name:\tnode\nCapEff:\t0000000000003000\n');
  put('proc/sys/net/ipv4/ip_forward', '0\n');
  put('proc/net/route', routes('eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0'));
});
afterEach(async () => {
  process.env.PATH = PATH;
  await folder.remove();
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder.path, path)), { recursive: true });
  writeFileSync(join(folder.path, path), text);
}

const routes = (...lines: string[]) =>
  `${['Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT', ...lines].join('\n')}\n`;
const toGuest = 'bgr10\t0A00004D\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0';

async function check(ipv6 = false) {
  const wanted = ['vm-start', 'nat'] as const;
  const places = { tun: join(folder.path, 'tun'), proc: join(folder.path, 'proc') };
  const findings = await createHostCheck(ipv6, places)(wanted);
  expectHelpful(findings, wanted);
  return findings;
}

test('a host that has everything: what is there is told, by purpose', async () => {
  const findings = await check();
  expect(lacksIn(findings)).toEqual([]);
  const subjects = (purpose: string) => findings.filter((one) => one.purpose === purpose).map((one) => one.subject);
  const taps = ['ip', 'nft', 'conntrack', join(folder.path, 'tun'), 'CAP_NET_ADMIN'];
  expect(subjects('vm-start')).toEqual(taps);
  const forwarding = `the right to write ${join(folder.path, 'proc/sys/net/ipv4/ip_forward')}`;
  expect(subjects('nat')).toEqual([...taps, forwarding, 'a default route']);
  expect(findings.at(-1)?.found).toBe('by eth0');
});

test('what keeps VMs from the network', async () => {
  await folder.remove();
  put('proc/self/status', 'CapEff:\t0000000000002000\n');
  put('proc/sys/net/ipv4/ip_forward', '0\n');
  put('proc/net/route', routes(toGuest));
  // The programs of the system's folders are found whatever PATH is, where they are.
  expect(lacksIn(await check())).toEqual(
    expect.arrayContaining([
      `error: ${join(folder.path, 'tun')}: not found; modprobe tun`,
      'error: CAP_NET_ADMIN: netd runs without it; run the daemons as root',
      'warning: a default route: the host has none: vms reach with NAT only what it reaches itself; ' +
        'connect the host; `ip route` shows its routes',
    ]),
  );
});

test('what has no say: a route to a guest, or a network whose mask is not that of all', async () => {
  put('proc/net/route', routes(toGuest, 'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000080\t0\t0\t0'));
  expect(lacksIn(await check())).toEqual([expect.stringContaining('a default route')]);
});

test('a host that forwards already needs no right to make it', async () => {
  put('proc/sys/net/ipv4/ip_forward', '1\n');
  const findings = await check();
  expect(findings).toContainEqual(expect.objectContaining({ severity: 'ok', found: 'the host forwards already' }));
});

test('forwarding that cannot be turned on', async () => {
  const forwardSwitch = join(folder.path, 'proc/sys/net/ipv4/ip_forward');
  rmSync(forwardSwitch);
  // One of the kernel's own that not even root may write.
  symlinkSync('/proc/sys/kernel/osrelease', forwardSwitch);
  expect(lacksIn(await check())).toEqual([
    `error: the right to write ${forwardSwitch}: permission denied (EACCES); run netd as root, where /proc/sys is writable`,
  ]);
});

describe('IPv6', () => {
  const ipv6Route = (prefix: string, flags: string, link: string) =>
    `${prefix} 00 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000400 00000003 00000000 ${flags}     ${link}\n`;
  const everything = '0'.repeat(32);

  test('reaches others by a default route of its own', async () => {
    put('proc/sys/net/ipv6/conf/all/forwarding', '0\n');
    put(
      'proc/net/ipv6_route',
      `${ipv6Route(everything, '80200001', 'lo')}${ipv6Route(everything, '00000003', 'eth0')}`,
    );
    expect(lacksIn(await check(true))).toEqual([]);
    expect((await check(true)).at(-1)).toMatchObject({ subject: 'a default route of IPv6', found: 'by eth0' });
  });

  test('without one is told, unless guests have none', async () => {
    put('proc/sys/net/ipv6/conf/all/forwarding', '0\n');
    put(
      'proc/net/ipv6_route',
      `${ipv6Route(everything, '80200001', 'lo')}${ipv6Route('fd'.padEnd(32, '0'), '1', 'eth0')}`,
    );
    expect(lacksIn(await check(true))).toEqual([
      expect.stringMatching(/^warning: a default route of IPv6: .*`ipv6 = false`/),
    ]);
    expect(lacksIn(await check(false))).toEqual([]);
  });
});
