import { join } from 'node:path';
import { type CheckHost, findAll, notFound, type Observation } from '../../../lib/finding.js';
import { findDefaultRoute } from '../../../lib/host/default-route.js';
import { pathExists, readTextIfExists } from '../../../lib/host/files.js';
import { lookForRightToWrite, lookForTools } from '../../../lib/host/preflight.js';

const tools = [
  { program: 'ip', debianPackage: 'iproute2' },
  { program: 'nft', debianPackage: 'nftables' },
  { program: 'conntrack', debianPackage: 'conntrack' },
];
/** Its bit in the capability sets: capability.h. */
const capNetAdmin = 12n;

/** Where the kernel shows what it is asked for; other places in tests. */
export interface HostPlaces {
  readonly tun: string;
  readonly proc: string;
}

/** What the network needs of this host; `ipv6` is whether guests have it. Cheap enough to ask before every change: it runs no program. */
export function createHostCheck(
  ipv6: boolean,
  { tun, proc }: HostPlaces = { tun: '/dev/net/tun', proc: '/proc' },
): CheckHost {
  return (wanted) => {
    let looked: Promise<Observation[]> | undefined;
    // Both purposes need them.
    const taps = () => (looked ??= lookForTaps(tun, proc));
    const nat = async () => [
      ...(await taps()),
      await lookForForwarding(join(proc, 'sys/net/ipv4/ip_forward')),
      await lookForUplink(join(proc, 'net/route')),
      ...(ipv6 ? await lookForIpv6(proc) : []),
    ];
    return findAll({ 'vm-start': taps, nat }, wanted);
  };
}

async function lookForTaps(tun: string, proc: string): Promise<Observation[]> {
  const [found, ...rest] = await Promise.all([
    lookForTools(tools),
    lookForDevice(tun),
    lookForNetAdmin(join(proc, 'self/status')),
  ]);
  return [...found, ...rest];
}

async function lookForDevice(tun: string): Promise<Observation> {
  const base = { type: 'DEVICE', subject: tun } as const;
  if (await pathExists(tun)) return { ...base, severity: 'ok', found: 'it is there', remedy: '' };
  return { ...base, severity: 'error', found: notFound, remedy: 'modprobe tun' };
}

async function lookForNetAdmin(statusFile: string): Promise<Observation> {
  const status = (await readTextIfExists(statusFile)) ?? '';
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const base = { type: 'RIGHT', subject: 'CAP_NET_ADMIN' } as const;
  if ((effective >> capNetAdmin) & 1n) return { ...base, severity: 'ok', found: 'netd has it', remedy: '' };
  return { ...base, severity: 'error', found: 'netd runs without it', remedy: 'run the daemons as root' };
}

/** Where the host forwards already, nothing has to be written. */
async function lookForForwarding(forwardSwitch: string): Promise<Observation> {
  const remedy = 'run netd as root, where /proc/sys is writable';
  const right = await lookForRightToWrite(forwardSwitch, remedy);
  if ((await readTextIfExists(forwardSwitch))?.trim() !== '1') return right;
  return { ...right, severity: 'ok', found: 'the host forwards already', remedy: '' };
}

async function lookForUplink(routes: string): Promise<Observation> {
  const route = await findDefaultRoute(routes);
  const base = { type: 'NETWORK', subject: 'a default route' } as const;
  if (route !== undefined) return { ...base, severity: 'ok', found: `by ${route.link}`, remedy: '' };
  const found = 'the host has none: vms reach with NAT only what it reaches itself';
  return { ...base, severity: 'warning', found, remedy: 'connect the host; `ip route` shows its routes' };
}

/** A default route that leads somewhere: proc_pid_net(5), "ipv6_route"; the kernel's own, which refuses, is by lo. */
const ipv6DefaultRoute = /^0{32} 00 (?:\S+ +){7}(?!lo$)(\S+)$/m;

async function lookForIpv6(proc: string): Promise<Observation[]> {
  const [, link] = ipv6DefaultRoute.exec((await readTextIfExists(join(proc, 'net/ipv6_route'))) ?? '') ?? [];
  const right = await lookForForwarding(join(proc, 'sys/net/ipv6/conf/all/forwarding'));
  const base = { type: 'NETWORK', subject: 'a default route of IPv6' } as const;
  if (link !== undefined) return [right, { ...base, severity: 'ok', found: `by ${link}`, remedy: '' }];
  const found = 'the host has none: vms reach by IPv6 only the host and what it reaches itself';
  const remedy = 'connect the host to IPv6, or turn it off for vms: `ipv6 = false` in section [netd]';
  return [right, { ...base, severity: 'warning', found, remedy }];
}
