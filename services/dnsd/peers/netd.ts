import { type GetNetworkResponse, NetworkServiceService } from '../../../gen/banger/netd/v1/network_service.js';
import { BangerError, commonReasons } from '../../../lib/errors.js';
import { parseIpv4 } from '../../../lib/ip/ipv4.js';
import { createClient } from '../../../lib/rpc/client.js';
import type { EgressRules, Networks } from '../app/ports.js';
import { parsePrefix } from '../domain/ipv4.js';
import { parseIpv6Prefix } from '../domain/ipv6.js';

/** A question that netd answers from memory. */
const deadlineMs = 5_000;

/** As long as a guest waits for its answer. */
const allowDeadlineMs = 1_000;

/** netd's rules about names. */
export function netdRules(socketPath: string): EgressRules & { close(): void } {
  const client = createClient(NetworkServiceService, 'netd', socketPath, { waitForReady: true });
  return {
    async *domains(signal) {
      for await (const { guests } of client.watchDomains({}, { signal })) {
        yield guests.map(({ guestAddresses, domains }) => ({ addresses: guestAddresses, domains }));
      }
    },
    async allow({ asker, name, addresses, ttlSeconds }) {
      const request = { guestAddress: asker, name, addresses: [...addresses], ttlSeconds };
      await client.allowResolved(request, { deadlineMs: allowDeadlineMs });
    },
    close: () => client.close(),
  };
}

/** netd's network. Waits, within the deadline, for a netd that is restarting. */
export function netdNetworks(socketPath: string): Networks & { close(): void } {
  const client = createClient(NetworkServiceService, 'netd', socketPath, { waitForReady: true });
  return {
    async guestNetwork(signal) {
      const told = await client.getNetwork({}, { signal, deadlineMs });
      const pool = parsePrefix(told.ipv4Pool);
      const ipv6Pool = parseIpv6Prefix(told.ipv6Pool);
      const isMisread = pool === undefined || (ipv6Pool === undefined && told.ipv6Pool !== '');
      if (isMisread || parseIpv4(told.gateway) === undefined) throw misread(told);
      return { pool, gateway: told.gateway, ipv6Pool };
    },
    close: () => client.close(),
  };
}

function misread({ ipv4Pool, ipv6Pool, gateway }: GetNetworkResponse): BangerError {
  const told = `the pools "${ipv4Pool}" and "${ipv6Pool}" with the gateway "${gateway}"`;
  const message = `cannot use the network that netd tells: ${told} are none`;
  return new BangerError('internal', commonReasons.INTERNAL, message, { metadata: { ipv4Pool, ipv6Pool, gateway } });
}
