import { HostServiceService } from '../../gen/banger/host/v1/host_service.js';
import type { Discrepancy } from '../discrepancy.js';
import type { HostFinding, Purpose } from '../finding.js';
import { createClient } from './client.js';
import type { CallOptions } from './contract.js';
import { fromWireDiscrepancy } from './discrepancy.js';
import { fromWireFinding, toWirePurpose } from './host-check.js';

export interface HostCheckClient {
  /** Fails at once when the service does not answer; what the host lacks is no failure. */
  check(wanted: readonly Purpose[], options?: CallOptions): Promise<HostFinding[]>;
  /** What is on the host and belongs to nobody, or is not as it was made; with `repair` mended. */
  reconcile(repair: boolean, options?: CallOptions): Promise<Discrepancy[]>;
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
    async reconcile(repair, options) {
      const answer = repair ? client.reconcile({}, options) : client.findDiscrepancies({}, options);
      return (await answer).discrepancies.flatMap(fromWireDiscrepancy);
    },
    close: () => client.close(),
  };
}
