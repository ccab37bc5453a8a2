import { isIP } from 'node:net';

/** As many name servers as the C library uses: resolv.conf(5). */
const maxServers = 3;
/** systemd-resolved(8): where it answers programs, and where it does so without names of its own. */
const resolvedStubs: readonly string[] = ['127.0.0.53', '127.0.0.54'];

/**
 * The addresses in the lines `nameserver ADDRESS`, at most three; the local one when there is none, as resolv.conf(5) has it.
 * A link-local address may name its interface: fe80::1%eth0.
 */
export function parseNameServers(text: string): string[] {
  const servers = text.split('\n').flatMap((line) => {
    const [, address = ''] = /^nameserver\s+(\S+)/.exec(line) ?? [];
    return isIP(address.split('%')[0] ?? '') === 0 ? [] : [address];
  });
  return servers.length > 0 ? servers.slice(0, maxServers) : ['127.0.0.1'];
}

/** Whether an address is where systemd-resolved answers. */
export function isResolvedStub(address: string): boolean {
  return resolvedStubs.includes(address);
}
