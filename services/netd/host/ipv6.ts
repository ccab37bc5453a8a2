import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readdir, readTextIfExists } from '../../../lib/host/files.js';
import { lookForRightToWrite } from '../../../lib/host/preflight.js';
import type { Ipv6Forwarding, Sysctl } from '../app/ports.js';
import { uniqueLocalPool } from '../domain/address-pool6.js';
import { type Ipv6Settings, ipv6Settings } from '../domain/settings.js';
import { setAll } from './sysctl.js';

const conf = 'net/ipv6/conf';
const forwardSwitch = `${conf}/all/forwarding`;
/** Names in the folder that are no interfaces. */
const allInterfaces = 'all';
const newInterfaces = 'default';

/**
 * Whether guests can have IPv6 here: the kernel has it, lets new interfaces have it, and forwards it or can be told to.
 * `procSys` is another folder in tests.
 */
export async function hostHasIpv6(procSys = '/proc/sys'): Promise<boolean> {
  const names = [allInterfaces, newInterfaces];
  const off = await Promise.all(names.map((name) => readTextIfExists(join(procSys, conf, name, 'disable_ipv6'))));
  if (!off.every((value) => value?.trim() === '0')) return false;
  const path = join(procSys, forwardSwitch);
  if ((await readTextIfExists(path))?.trim() === '1') return true;
  return (await lookForRightToWrite(path, '')).severity === 'ok';
}

/**
 * What the own prefix of a host is made of: its machine id, which nobody else has, and never as it is, machine-id(5). A host
 * without one gets random bytes. The mark tells two bangers on one host.
 */
export async function uniqueHash(mark: string, machineIdFile = '/etc/machine-id'): Promise<string> {
  const machineId = (await readTextIfExists(machineIdFile))?.trim() || randomBytes(16).toString('hex');
  return createHash('sha256').update(`banger ${mark} ${machineId}`).digest('hex');
}

/**
 * How guests speak IPv6 here; undefined when it is turned off, or this host cannot. `keep` returns the host's own pool as it was
 * first made.
 */
export async function findIpv6(
  config: { ipv6: boolean; ipv6_pool: string; ipv6_routed: boolean },
  mark: string,
  keep: (make: () => string) => string,
): Promise<Ipv6Settings | undefined> {
  if (!config.ipv6 || !(await hostHasIpv6())) return undefined;
  const hash = await uniqueHash(mark);
  return ipv6Settings(
    config,
    keep(() => uniqueLocalPool(hash)),
  );
}

/**
 * The IPv6 forwarding of the network namespace that we run in. With it on, the kernel takes no router advertisements unless an
 * interface's accept_ra is 2, and it forgets the default routes that it has from them as it is turned on: ip-sysctl.rst,
 * "accept_ra" and "forwarding". So whoever lives on them is told to go on before.
 */
export function createIpv6Forwarding(procSys = '/proc/sys'): Ipv6Forwarding {
  const read = async (path: string) => (await readTextIfExists(join(procSys, path)))?.trim();
  const names = async () => (await readdir(join(procSys, conf))).filter((name) => name !== allInterfaces).sort();
  const valuesOf = async (paths: readonly string[]): Promise<Sysctl[]> => {
    const values = await Promise.all(paths.map(async (path) => ({ path, value: await read(path) })));
    return values.filter((entry): entry is Sysctl => entry.value !== undefined);
  };
  const listeners = async () => {
    const each = await valuesOf((await names()).flatMap((name) => [`${conf}/${name}/accept_ra`]));
    return each.filter(({ value }) => value === '1');
  };
  const set = (values: readonly Sysctl[]) => setAll(procSys, values, 'turn IPv6 forwarding on or off');
  return {
    isOn: async () => (await read(forwardSwitch)) === '1',
    async turnOn() {
      await set((await listeners()).map(({ path }) => ({ path, value: '2' })));
      await set([{ path: forwardSwitch, value: '1' }]);
    },
    async snapshot() {
      const all = await names();
      // Advertisements come last: while forwarding goes back, on where it was on, nobody loses the routes that they brought.
      return [
        ...(await valuesOf([forwardSwitch, ...all.map((name) => `${conf}/${name}/forwarding`)])),
        ...(await listeners()),
      ];
    },
    restore: set,
  };
}
