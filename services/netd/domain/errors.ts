import { BangerError } from '../../../lib/errors.js';
import type { PublishedPort } from '../../../lib/network-policy/policy.js';
import { publicationText } from '../../../lib/network-policy/words.js';

/** Every reason that netd gives beside the common ones; docs/errors.md explains each. */
export const reasons = {
  POOL_EXHAUSTED: 'POOL_EXHAUSTED',
  ATTACHMENT_NOT_FOUND: 'ATTACHMENT_NOT_FOUND',
  INTERFACE_NOT_FOUND: 'INTERFACE_NOT_FOUND',
  TAP_NAME_TAKEN: 'TAP_NAME_TAKEN',
  TAP_IN_USE: 'TAP_IN_USE',
  TABLE_TAKEN: 'TABLE_TAKEN',
  POOL_TAKEN: 'POOL_TAKEN',
  NETWORK_IN_USE: 'NETWORK_IN_USE',
  ADDRESS_TAKEN: 'ADDRESS_TAKEN',
  MAC_TAKEN: 'MAC_TAKEN',
  PORT_TAKEN: 'PORT_TAKEN',
  HOST_ADDRESS_NOT_FOUND: 'HOST_ADDRESS_NOT_FOUND',
} as const;

export function poolExhausted(vm: string, pool: string, count: number): BangerError {
  const message =
    `cannot attach vm ${vm}: all ${count} addresses of ${pool} are taken; ` +
    'delete a VM, or set a larger `ipv4_pool` in section [netd] when there is none';
  return new BangerError('exhausted', reasons.POOL_EXHAUSTED, message, { metadata: { vm, pool } });
}

/** `what` completes "cannot …". */
export function attachmentNotFound(what: string, vmUid: string): BangerError {
  const message = `cannot ${what}: vm ${vmUid} is not attached to the network; start it, or attach it first`;
  return new BangerError('not-found', reasons.ATTACHMENT_NOT_FOUND, message, { metadata: { vmUid } });
}

export function interfaceNotFound(address: string, link: string): BangerError {
  const message =
    `cannot turn NAT on for ${address}: there is no network interface ${link}; ` +
    'make it first, `ip link` lists those that there are';
  return new BangerError('not-found', reasons.INTERFACE_NOT_FOUND, message, { metadata: { address, interface: link } });
}

export function tapNameTaken(tap: string): BangerError {
  const message =
    `cannot make the tap ${tap}: a network interface of that name is there that is not of this banger; ` +
    `remove it with \`ip link delete dev ${tap}\` or set another \`tap_prefix\` in section [netd]`;
  return new BangerError('wrong-state', reasons.TAP_NAME_TAKEN, message, { metadata: { tap } });
}

export function tapInUse(vm: string, tap: string, from: number, to: number): BangerError {
  const message =
    `cannot give the tap ${tap} of vm ${vm} to user ${to}: a process has it open, and its owner, user ${from}, is set ` +
    'as it is made; stop the VM first, `ip -d tuntap` names what else may have it open';
  const metadata = { vm, tap, from: String(from), to: String(to) };
  return new BangerError('wrong-state', reasons.TAP_IN_USE, message, { metadata });
}

export function tableTaken(table: string): BangerError {
  const message =
    `cannot make the nftables table inet ${table}: one is there that is not of this banger; ` +
    `remove it with \`nft delete table inet ${table}\` or set another \`nft_table\` in section [netd]`;
  return new BangerError('wrong-state', reasons.TABLE_TAKEN, message, { metadata: { table } });
}

/** `what` is what the host has of the pool, `way` how to get one that is free, both as pool-conflict.ts tells them. */
export function poolTaken(pool: string, what: string, way: string): BangerError {
  const message = `cannot use the pool ${pool}: ${what}; ${way}`;
  return new BangerError('wrong-state', reasons.POOL_TAKEN, message, { metadata: { pool, conflict: what } });
}

export function addressTaken(vm: string, address: string, by: string): BangerError {
  const message =
    `cannot attach vm ${vm} at ${address}: vm ${by} has that address; ` +
    'choose another, or none for the next that is free';
  return new BangerError('exists', reasons.ADDRESS_TAKEN, message, { metadata: { vm, address, takenBy: by } });
}

export function macTaken(vm: string, mac: string, by: string): BangerError {
  const message =
    `cannot attach vm ${vm} with the card ${mac}: vm ${by} has that card; ` +
    "choose another, or none for one that is no other vm's";
  return new BangerError('exists', reasons.MAC_TAKEN, message, { metadata: { vm, mac, takenBy: by } });
}

export function networkInUse(key: string, from: string, to: string, count: number): BangerError {
  const message =
    `cannot change \`${key}\` in section [netd] from ${from} to ${to}: ${count} attachments and NAT rules use it; ` +
    'set it back, or delete them first';
  return new BangerError('wrong-state', reasons.NETWORK_IN_USE, message, { metadata: { key, from, to } });
}

/** `holder` is the VM that the port leads to, or undefined for a program of the host. */
export interface TakenPort {
  readonly port: PublishedPort;
  readonly holder: string | undefined;
}

export function portTaken(vm: string, taken: readonly TakenPort[]): BangerError {
  const each = taken.map(({ port, holder }) => {
    const socket = `${port.protocol === 'tcp' ? '-lt' : '-lu'}np 'sport = :${port.hostPort}'`;
    const by = holder === undefined ? `a program of the host; \`ss ${socket}\` names it` : `vm ${holder}`;
    return `port ${port.hostPort}/${port.protocol} is taken by ${by}`;
  });
  const message = `cannot publish ports of vm ${vm}: ${each.join('; ')}; choose other ports of the host, or free these`;
  const [first] = taken;
  const metadata = {
    vm,
    ports: taken.map(({ port }) => publicationText(port)).join(' '),
    ...(first?.holder !== undefined && { holder: first.holder }),
  };
  return new BangerError('exists', reasons.PORT_TAKEN, message, { metadata });
}

export function hostAddressNotFound(vm: string, addresses: readonly string[]): BangerError {
  const message =
    `cannot publish ports of vm ${vm}: the host does not have the address ${addresses.join(', ')}; ` +
    '`ip address` lists those that it has; leave the address out for all of them';
  const metadata = { vm, addresses: addresses.join(' ') };
  return new BangerError('wrong-state', reasons.HOST_ADDRESS_NOT_FOUND, message, { metadata });
}
