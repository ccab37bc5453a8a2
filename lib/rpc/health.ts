import { HealthService, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/grpc/health/v1/health.js';
import { isBangerError } from '../errors.js';
import { createClient } from './client.js';

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
  const client = createClient(HealthService, service, socketPath, { waitForReady: true });
  return {
    async check(options) {
      try {
        const { status } = await client.check({ service: '' }, options);
        return status === ServingStatus.SERVING;
      } catch (error) {
        if (isBangerError(error) && !options.signal?.aborted) return false;
        throw error;
      }
    },
    close: () => client.close(),
  };
}
