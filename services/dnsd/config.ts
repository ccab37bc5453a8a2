import { z } from 'zod';
import { parseEndpoint } from './host/endpoint.js';

/** The section [dnsd]. */
export const configSchema = z.strictObject({
  /**
   * Where programs on the host ask, UDP and TCP: an IPv4 address of this host. Not 0.0.0.0, for on the gateway address
   * guests are answered, and differently.
   */
  address: z
    .ipv4()
    .refine((text) => text !== '0.0.0.0', 'must be one address of this host, not all of them')
    .default('127.0.0.1'),
  /** The port there, and on the gateway address for guests (netd's `dns_port` says the same); 0 takes any free one. */
  port: z.int().min(0).max(65_535).default(42_069),
  /**
   * The name servers that answer guests for everything but `.vm`, best first, such as "192.0.2.53" or
   * "[2001:db8::53]:5353". Empty: the host's own, from /etc/resolv.conf.
   */
  upstreams: z
    .array(z.string().refine((text) => parseEndpoint(text) !== undefined, 'must be an IP address, or ADDRESS:PORT'))
    .default([]),
});

export type DnsdConfig = z.infer<typeof configSchema>;
