import { lookup, Resolver } from 'node:dns/promises';
import type { Asked, Lookups } from './lookup.js';

/** How long a name server may take: as long as programs wait for the first (resolv.conf(5)). */
const timeoutMs = 5_000;

/** Real lookups, for A and AAAA. */
export const lookups: Lookups = {
  ask: (name, { address, port }) =>
    outcome(async () => {
      const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
      resolver.setServers([address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`]);
      const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      const found = [four, six].flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
      if (found.length === 0 && four.status === 'rejected') throw four.reason;
      return found;
    }),
  program: (name) => outcome(async () => (await lookup(name, { all: true })).map(({ address }) => address)),
};

async function outcome(find: () => Promise<string[]>): Promise<Asked> {
  try {
    const addresses = await find();
    return addresses.length > 0 ? { addresses } : { error: 'ENODATA' };
  } catch (error) {
    return { error: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}
