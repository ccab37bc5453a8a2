import { z } from 'zod';
import { addressPool, poolProblem, tapPrefixProblem } from './domain/address-pool.js';
import { ipv6PoolProblem } from './domain/address-pool6.js';

/**
 * Section [netd] of the configuration. Two bangers on one host must differ in `ipv4_pool`, `tap_prefix` and
 * `nft_table`; while VMs are attached these three, and `ipv6_pool`, cannot change.
 */
export const configSchema = z
  .strictObject({
    /** The addresses of guests, as a prefix of 8 to 28 bits. The second is the gateway's, guests start at the tenth. */
    ipv4_pool: z.string().superRefine(reportProblem(poolProblem)).default('10.77.0.0/16'),
    /** What the names of taps start with; the address's place in the pool follows. */
    tap_prefix: z.string().default('bgr'),
    /** The name of the nftables table, of family inet. */
    nft_table: z.string().superRefine(reportProblem(tableProblem)).default('banger'),
    /** Whether guests have IPv6, where the host has it. */
    ipv6: z.boolean().default(true),
    /** The IPv6 addresses of guests, as a prefix of 32 to 120 bits; empty for a /64 of unique local ones, this host's own. */
    ipv6_pool: z.string().default(''),
    /** Whether the world knows the way to `ipv6_pool` by this host: then its guests need no NAT. */
    ipv6_routed: z.boolean().default(false),
    /** Where dnsd listens on the gateway address, 1 to 65535: what guests send to port 53 goes there. */
    dns_port: z.int().min(1).max(65535).default(42069),
    /** How often the host is held against what it should be when nothing tells of a change, in seconds, 1 to 3600. */
    check_seconds: z.int().min(1).max(3600).default(30),
  })
  .superRefine(({ ipv4_pool, tap_prefix, ipv6_pool, ipv6_routed }, context) => {
    if (poolProblem(ipv4_pool) !== undefined) return;
    const pool = addressPool(ipv4_pool);
    const message = tapPrefixProblem(tap_prefix, pool);
    if (message) context.addIssue({ code: 'custom', path: ['tap_prefix'], message });
    const problem = ipv6_pool === '' ? undefined : ipv6PoolProblem(ipv6_pool, pool);
    if (problem) context.addIssue({ code: 'custom', path: ['ipv6_pool'], message: problem });
    if (!ipv6_routed || ipv6_pool !== '') return;
    const needed = 'takes an `ipv6_pool` that is routed to this host';
    context.addIssue({ code: 'custom', path: ['ipv6_routed'], message: needed });
  });

export type NetdConfig = z.infer<typeof configSchema>;

function tableProblem(name: string): string | undefined {
  if (/^[a-z][a-z0-9_]{0,31}$/.test(name)) return undefined;
  return 'must be 1 to 32 lower-case letters, digits and "_", a letter first';
}

function reportProblem(problemOf: (value: string) => string | undefined) {
  return (value: string, context: z.RefinementCtx<string>) => {
    const message = problemOf(value);
    if (message) context.addIssue({ code: 'custom', message });
  };
}
