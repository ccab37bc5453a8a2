import type { AddressPool } from './address-pool.js';
import { type Ipv6Pool, ipv6At, ipv6Pool } from './address-pool6.js';

/** What this netd calls its own on the host. Two netds on one host must differ in every one of the first four. */
export interface NetworkSettings {
  /** Tells our objects from those of another banger: twelve hexadecimal digits, made from the state directory. */
  readonly mark: string;
  readonly pool: AddressPool;
  readonly tapPrefix: string;
  /** The name of the nftables table, of family inet. */
  readonly table: string;
  /** Where dnsd listens on the gateway address; what guests send to port 53 goes there. */
  readonly dnsPort: number;
  /** Absent when guests have no IPv6: it is turned off, or this host has none. */
  readonly ipv6?: Ipv6Settings;
}

/** How guests speak IPv6. */
export interface Ipv6Settings {
  readonly pool: Ipv6Pool;
  /** Whether the world knows a way to the pool by this host: then guests appear with their own addresses, and no NAT is done. */
  readonly routed: boolean;
}

/** The settings that cannot change while something stands on the host that is named after them. */
export interface FixedSettings {
  readonly ipv4Pool: string;
  readonly tapPrefix: string;
  readonly nftTable: string;
  /** Empty when guests have no IPv6; from and to that it can change. */
  readonly ipv6Pool: string;
}

export function fixedSettings(settings: NetworkSettings): FixedSettings {
  const { pool, tapPrefix, table, ipv6 } = settings;
  return { ipv4Pool: pool.prefix, tapPrefix, nftTable: table, ipv6Pool: ipv6?.pool.prefix ?? '' };
}

/** What the configuration says of IPv6, with a pool of the host's own where it names none. */
export function ipv6Settings(config: { ipv6_pool: string; ipv6_routed: boolean }, ownPool: string): Ipv6Settings {
  return { pool: ipv6Pool(config.ipv6_pool || ownPool), routed: config.ipv6_routed };
}

/** The IPv6 address of the guest that has an IPv4 address of the pool; undefined when guests have none. */
export function ipv6Of({ pool, ipv6 }: NetworkSettings, address: string): string | undefined {
  return ipv6 && ipv6At(ipv6.pool, pool, address);
}
