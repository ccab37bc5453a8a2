import { NetworkServiceService } from '../../../gen/banger/netd/v1/network_service.js';
import { BangerError, commonReasons } from '../../../lib/errors.js';
import { createClient } from '../../../lib/rpc/client.js';
import type { Networks } from '../app/ports.js';
import { parseIpv4, parsePrefix } from '../domain/ipv4.js';

/** A question that netd answers from memory. */
const deadlineMs = 5_000;

/** netd's network. Waits, within the deadline, for a netd that is restarting. */
export function netdNetworks(socketPath: string): Networks & { close(): void } {
  const client = createClient(NetworkServiceService, 'netd', socketPath, { waitForReady: true });
  return {
    async guestNetwork(signal) {
      const { ipv4Pool, gateway } = await client.getNetwork({}, { signal, deadlineMs });
      const pool = parsePrefix(ipv4Pool);
      if (pool === undefined || parseIpv4(gateway) === undefined) throw misread(ipv4Pool, gateway);
      return { pool, gateway };
    },
    close: () => client.close(),
  };
}

function misread(pool: string, gateway: string): BangerError {
  const message = `cannot use the network that netd tells: the pool "${pool}" with the gateway "${gateway}" is none`;
  return new BangerError('internal', commonReasons.INTERNAL, message, { metadata: { pool, gateway } });
}
