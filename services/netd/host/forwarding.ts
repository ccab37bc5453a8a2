import { join } from 'node:path';
import { hostNotReady } from '../../../lib/errors.js';
import { readdir, readTextIfExists, writeFile } from '../../../lib/host/files.js';
import type { Forwarding, Sysctl } from '../app/ports.js';

const forwardSwitch = 'net/ipv4/ip_forward';
const interfaces = 'net/ipv4/conf';
/** A name for the switch itself, not an interface. */
const allInterfaces = 'all';

/** The IPv4 forwarding of the network namespace that we run in. `procSys` is another folder in tests. */
export function createForwarding(procSys = '/proc/sys'): Forwarding {
  const read = async (path: string) => (await readTextIfExists(join(procSys, path)))?.trim();
  const set = (values: readonly Sysctl[]) => setAll(procSys, values, read);
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

async function setAll(
  procSys: string,
  values: readonly Sysctl[],
  read: (path: string) => Promise<string | undefined>,
): Promise<void> {
  for (const { path, value } of values) {
    const current = await read(path);
    if (current === undefined || current === value) continue;
    await writeFile(join(procSys, path), value).catch((cause: NodeJS.ErrnoException) => {
      // The interface went between the look and the write.
      if (cause.code === 'ENOENT') return;
      throw unwritable(path, cause);
    });
  }
}

function unwritable(path: string, cause: NodeJS.ErrnoException): Error {
  if (!['EACCES', 'EPERM', 'EROFS'].includes(cause.code ?? '')) return cause;
  const subject = `the right to write /proc/sys/${path}`;
  const description = 'run netd as root, where /proc/sys is writable';
  return hostNotReady('turn IPv4 forwarding on or off', [{ type: 'RIGHT', subject, description }]);
}
