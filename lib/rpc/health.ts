import { service as healthService } from 'grpc-health-check';
import { isBangerError } from '../errors.js';
import { createClient } from './client.js';
import type { ServiceContract } from './contract.js';

/** The one call of grpc.health.v1 that we make. */
interface HealthClient {
  Check(request: { service: string }, options: HealthCheckOptions): Promise<{ status: string }>;
  close(): void;
}

export interface HealthCheckOptions {
  /** How long to wait for an answer. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export interface HealthProbe {
  /** Whether the process at the socket says SERVING within the deadline. Rejects only when the signal aborts. */
  check(options: HealthCheckOptions): Promise<boolean>;
  close(): void;
}

/** Asks a socket by grpc.health.v1 how it is. A socket that is not there yet is waited for, within the deadline. */
export function createHealthProbe(service: string, socketPath: string): HealthProbe {
  const contract = healthService as unknown as ServiceContract;
  const client = createClient(contract, service, socketPath, { waitForReady: true }) as unknown as HealthClient;
  return {
    async check(options) {
      try {
        const { status } = await client.Check({ service: '' }, options);
        return status === 'SERVING';
      } catch (error) {
        if (isBangerError(error) && !options.signal?.aborted) return false;
        throw error;
      }
    },
    close: () => client.close(),
  };
}
