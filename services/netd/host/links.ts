import { join } from 'node:path';
import { commonReasons, isBangerError } from '../../../lib/errors.js';
import type { CommandOptions, RunCommand } from '../../../lib/host/command.js';
import { pathExists } from '../../../lib/host/files.js';
import type { Links } from '../app/ports.js';
import { type IpHostRoute, type IpInterface, type IpNeighbour, standingLines } from '../domain/drift.js';
import type { FoundAddress, FoundLink, FoundRoute } from '../domain/links.js';

/** What `ip -j link` and `ip -j address` print of an interface, as far as we read it: ip(8). */
interface IpLink {
  readonly ifname: string;
  readonly ifalias?: string;
  readonly addr_info?: readonly { readonly local: string; readonly label?: string }[];
}

/** What `ip -j route` prints of a route, as far as we read it. One without a type leads to other hosts. */
interface IpRoute {
  readonly dst: string;
  readonly type?: string;
  readonly dev?: string;
}

/** The interfaces of the network namespace that we run in. */
export function createLinks(run: RunCommand, procSys = '/proc/sys'): Links {
  const show = async (argv: readonly string[], options?: CommandOptions) =>
    JSON.parse((await run(['ip', '-j', ...argv], options)).stdout || '[]') as IpLink[];
  const routes = async (family: string) => {
    const { stdout } = await run(['ip', '-j', family, 'route', 'show', 'table', 'all']);
    return (JSON.parse(stdout || '[]') as IpRoute[]).flatMap(toFoundRoutes);
  };
  return {
    async find(name) {
      // Every interface has a folder here: looking costs no process, and a new VM's tap is never there.
      if (!(await pathExists(join(procSys, 'net/ipv4/conf', name)))) return undefined;
      // 1 says that there is none: it went meanwhile, or the folder is that of "all" or "default".
      const [link] = await show(['link', 'show', 'dev', name], { okExitCodes: [0, 1] });
      return link && toFoundLink(link);
    },
    list: async () => (await show(['link', 'show'])).map(toFoundLink),
    addresses: async () => (await show(['address', 'show'])).flatMap(toFoundAddresses),
    routes: async () => (await Promise.all(['-4', '-6'].map(routes))).flat(),
    async standing() {
      const ask = async <T>(...argv: string[]) => JSON.parse((await run(['ip', '-j', ...argv])).stdout || '[]') as T[];
      const [interfaces, routes4, routes6, neighbours] = await Promise.all([
        // Without its details, an interface is shown without its alias.
        ask<IpInterface>('-details', 'address', 'show'),
        ask<IpHostRoute>('-4', 'route', 'show'),
        ask<IpHostRoute>('-6', 'route', 'show'),
        ask<IpNeighbour>('neighbour', 'show', 'nud', 'permanent'),
      ]);
      return {
        lines: standingLines(interfaces, [...routes4, ...routes6], neighbours),
        names: new Set(interfaces.map(({ ifname }) => ifname)),
        // A tap has a carrier while a process has it open: drivers/net/tun.c.
        open: new Set(interfaces.filter(({ flags }) => flags.includes('LOWER_UP')).map(({ ifname }) => ifname)),
      };
    },
    async removeTapUnlessOpen(name) {
      try {
        // Unlike "link delete", it opens the tap to unmake it, and that is for one process at a time: tun(4).
        await run(['ip', 'tuntap', 'delete', 'dev', name, 'mode', 'tap']);
        return true;
      } catch (error) {
        if (isBangerError(error, commonReasons.COMMAND_FAILED) && error.message.includes(busy)) return false;
        throw error;
      }
    },
    async run(lines) {
      await run(['ip', '-batch', '-'], { stdin: lines.map((line) => `${line}\n`).join('') });
    },
  };
}

/** The C library's words for EBUSY. */
const busy = 'Device or resource busy';

function toFoundLink({ ifname, ifalias }: IpLink): FoundLink {
  return { name: ifname, alias: ifalias ?? '' };
}

function toFoundAddresses({ ifname, addr_info = [] }: IpLink): FoundAddress[] {
  return addr_info.map(({ local, label }) => ({ link: ifname, address: local, label: label ?? ifname }));
}

/** A route that refuses, as "unreachable" and "blackhole" do, stands in nobody's way: one that says more goes before it. */
function toFoundRoutes({ dst, type = 'unicast', dev = '' }: IpRoute): FoundRoute[] {
  return type === 'unicast' && dst !== 'default' ? [{ target: dst, link: dev }] : [];
}
