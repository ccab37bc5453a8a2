import { BangerError, commonReasons } from '../lib/errors.js';
import { serviceNames } from '../lib/paths.js';

/** The reasons of the supervisor. */
export const reasons = {
  /** There is no service of that name. */
  SERVICE_NOT_FOUND: 'SERVICE_NOT_FOUND',
  /** The service ended, or did not say that it is serving in time. */
  SERVICE_NOT_HEALTHY: 'SERVICE_NOT_HEALTHY',
} as const;

/** `what` completes "cannot …", such as "restart". */
export function serviceNotFound(what: string, service: string): BangerError {
  const message = `cannot ${what} ${service}: there is no such service; the services are ${serviceNames.join(', ')}`;
  return new BangerError('not-found', reasons.SERVICE_NOT_FOUND, message, { metadata: { service } });
}

export function serviceNotHealthy(service: string, why: string): BangerError {
  const message =
    `cannot bring ${service} up: ${why}; ` +
    `it is tried again by itself, and \`banger service logs ${service}\` tells more`;
  return new BangerError('unavailable', reasons.SERVICE_NOT_HEALTHY, message, { metadata: { service, why } });
}

export function supervisorStopping(): BangerError {
  return new BangerError(
    'unavailable',
    commonReasons.SHUTTING_DOWN,
    'the supervisor is stopping; start it again first',
  );
}
