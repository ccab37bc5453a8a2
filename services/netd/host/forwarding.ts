import { join } from 'node:path';
import { readdir, readTextIfExists } from '../../../lib/host/files.js';
import type { Forwarding, Sysctl } from '../app/ports.js';
import { setAll } from './sysctl.js';

const forwardSwitch = 'net/ipv4/ip_forward';
const interfaces = 'net/ipv4/conf';
/** A name for the switch itself, not an interface. */
const allInterfaces = 'all';

/** The IPv4 forwarding of the network namespace that we run in. `procSys` is another folder in tests. */
export function createForwarding(procSys = '/proc/sys'): Forwarding {
  const read = async (path: string) => (await readTextIfExists(join(procSys, path)))?.trim();
  const set = (values: readonly Sysctl[]) => setAll(procSys, values, 'turn IPv4 forwarding on or off');
  return {
    isOn: async () => (await read(forwardSwitch)) === '1',
    turnOn: () => set([{ path: forwardSwitch, value: '1' }]),
    async snapshot() {
      const names = (await readdir(join(procSys, interfaces))).filter((name) => name !== allInterfaces).sort();
      const paths = [forwardSwitch, ...besideTheSwitch(names)];
      const values = await Promise.all(paths.map(async (path) => ({ path, value: await read(path) })));
      return values.filter((entry): entry is Sysctl => entry.value !== undefined);
    },
    restore: set,
    setLoopback: (link, on) => set([{ path: `${interfaces}/${link}/route_localnet`, value: on ? '1' : '0' }]),
    bootId: async () => (await read('kernel/random/boot_id')) ?? '',
  };
}

/** The kernel sets these whenever the switch is turned, either way: ip-sysctl.rst, "ip_forward". */
function besideTheSwitch(names: readonly string[]): string[] {
  return [`${interfaces}/all/accept_redirects`, ...names.map((name) => `${interfaces}/${name}/forwarding`)];
}
