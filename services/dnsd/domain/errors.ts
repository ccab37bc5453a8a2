import { BangerError } from '../../../lib/errors.js';

/** Reasons of dnsd. They stand in its log and in the status of its listeners: nothing of dnsd's API fails with them. */
export const reasons = {
  /** Another program has the port. */
  DNS_PORT_IN_USE: 'DNS_PORT_IN_USE',
  /** The address is not on this host. */
  DNS_ADDRESS_MISSING: 'DNS_ADDRESS_MISSING',
  /** Another failure to listen, such as no right to. */
  DNS_LISTEN_FAILED: 'DNS_LISTEN_FAILED',
} as const;

const adviceOf: Readonly<Record<string, { reason: keyof typeof reasons; why: string }>> = {
  EADDRINUSE: {
    reason: reasons.DNS_PORT_IN_USE,
    why: 'another program has the port; stop it, or set `port` in the section [dnsd] of the configuration; trying again',
  },
  EADDRNOTAVAIL: {
    reason: reasons.DNS_ADDRESS_MISSING,
    why: 'the address is not on this host; trying again',
  },
  EACCES: {
    reason: reasons.DNS_LISTEN_FAILED,
    why: 'permission denied; set `port` in the section [dnsd] of the configuration above 1023; trying again',
  },
};

/** Says why nobody answers at an address, from the system's error. */
export function listenFailed(address: string, port: number, error: unknown): BangerError {
  const code = (error as { code?: string }).code ?? '';
  const { reason, why } = adviceOf[code] ?? {
    reason: reasons.DNS_LISTEN_FAILED,
    why: `${error instanceof Error ? error.message : String(error)}; trying again`,
  };
  const message = `cannot answer DNS at ${address} port ${port}: ${why}`;
  return new BangerError('wrong-state', reason, message, {
    metadata: { address, port: String(port), code },
    cause: error,
  });
}
