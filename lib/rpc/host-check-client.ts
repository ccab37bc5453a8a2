import { HostServiceService } from '../../gen/banger/host/v1/host_service.js';
import type { HostFinding, Purpose } from '../finding.js';
import { createClient } from './client.js';
import type { CallOptions } from './contract.js';
import { fromWireFinding, toWirePurpose } from './host-check.js';

export interface HostCheckClient {
  /** Fails at once when the service does not answer; what the host lacks is no failure. */
  check(wanted: readonly Purpose[], options?: CallOptions): Promise<HostFinding[]>;
  close(): void;
}

/** Asks the service of this short name, at its socket, for its findings. */
export function createHostCheckClient(service: string, socketPath: string): HostCheckClient {
  const client = createClient(HostServiceService, service, socketPath);
  return {
    async check(wanted, options) {
      const { findings } = await client.checkHost({ purposes: wanted.map(toWirePurpose) }, options);
      return findings.flatMap(fromWireFinding);
    },
    close: () => client.close(),
  };
}
