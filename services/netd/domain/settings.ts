import type { AddressPool } from './address-pool.js';

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
}

/** The settings that cannot change while something stands on the host that is named after them. */
export interface FixedSettings {
  readonly ipv4Pool: string;
  readonly tapPrefix: string;
  readonly nftTable: string;
}

export function fixedSettings(settings: NetworkSettings): FixedSettings {
  return { ipv4Pool: settings.pool.prefix, tapPrefix: settings.tapPrefix, nftTable: settings.table };
}
