import { parsePrefix } from '../domain/ipv4.js';
import { parseIpv6Prefix } from '../domain/ipv6.js';
import { type NamedVm, NameTable } from '../domain/name-table.js';
import { ipv4ReversePool, ipv6ReversePool, type ReversePool } from '../domain/reverse-zone.js';
import { Zone } from '../domain/zone.js';

/** A VM of a test: what is not given it has not. */
export type TestVm = Pick<NamedVm, 'name' | 'address'> & Partial<NamedVm>;

/** The names of these VMs; the uid of each is its name. */
export function tableOf(vms: readonly TestVm[]): NameTable {
  const names = new NameTable();
  for (const vm of vms) names.put(vm.name, { aliases: [], ...vm });
  return names;
}

/** A pool as text, of either family. */
export function poolOf(text: string): ReversePool {
  const ipv4 = parsePrefix(text);
  if (ipv4) return ipv4ReversePool(ipv4);
  const ipv6 = parseIpv6Prefix(text);
  if (ipv6) return ipv6ReversePool(ipv6);
  throw new Error(`${text} is no prefix`);
}

/** A zone that knows these VMs and these pools. */
export function zoneOf(vms: readonly TestVm[], pools: readonly string[] = [], serial = 7): Zone {
  return new Zone({ serial, names: tableOf(vms), pools: pools.map(poolOf) });
}
