import { readTextIfExists } from './files.js';

/** Where the host sends what is for no network that it knows. */
export interface DefaultRoute {
  readonly link: string;
  /** In dotted form; undefined for a link without one, such as a tunnel. */
  readonly gateway: string | undefined;
}

/** Destination and mask are zero, as hexadecimal digits; the gateway comes third. proc_pid_net(5), "route". */
const line = /^(\S+)\t0{8}\t([0-9A-F]{8})\t(?:[^\t]*\t){4}0{8}\t/m;

/** The first IPv4 default route in the main table. `routes` is another file in tests. */
export async function findDefaultRoute(routes = '/proc/net/route'): Promise<DefaultRoute | undefined> {
  const [, link, gateway = ''] = line.exec((await readTextIfExists(routes)) ?? '') ?? [];
  if (link === undefined) return undefined;
  // Its bytes stand in the order of the machine, which is the reverse of the network's.
  const octets = [...Buffer.from(gateway, 'hex').reverse()].join('.');
  return { link, gateway: octets === '0.0.0.0' ? undefined : octets };
}
