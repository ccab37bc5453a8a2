import { buildId } from '../lib/build.js';
import { BangerError, commonReasons } from '../lib/errors.js';
import { serviceNames } from '../lib/paths.js';

/** The reasons of the supervisor. */
export const reasons = {
  /** There is no service of that name. */
  SERVICE_NOT_FOUND: 'SERVICE_NOT_FOUND',
  /** The service ended, or did not say that it is serving in time. */
  SERVICE_NOT_HEALTHY: 'SERVICE_NOT_HEALTHY',
  /** Another supervisor takes over already. */
  ROLL_OVER_UNDER_WAY: 'ROLL_OVER_UNDER_WAY',
  /** A supervisor cannot take over, for a service of its build cannot stand by. */
  TAKE_OVER_REFUSED: 'TAKE_OVER_REFUSED',
  /** The user that the service is to run as is missing, or cannot read what the service needs. */
  SERVICE_USER_MISSING: 'SERVICE_USER_MISSING',
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

export function rollOverUnderWay(): BangerError {
  const message = 'cannot take over: another supervisor takes over already; look with `banger daemon status`';
  return new BangerError('unavailable', reasons.ROLL_OVER_UNDER_WAY, message);
}

export function takeOverRefused(why: string): BangerError {
  const message = `build ${buildId} cannot take over: ${why}`;
  return new BangerError('wrong-state', reasons.TAKE_OVER_REFUSED, message, { metadata: { why } });
}
