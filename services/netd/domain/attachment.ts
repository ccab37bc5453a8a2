import { dnsLabelProblem } from '../../../lib/dns-label.js';
import { type FieldViolation, invalidRequest } from '../../../lib/errors.js';
import { policyViolations } from '../../../lib/network-policy/check.js';
import type { NetworkPolicy } from '../../../lib/network-policy/policy.js';
import { type AddressPool, guestAddressProblem, macProblem } from './address-pool.js';

/** What a caller asks for a VM. */
export interface AttachmentRequest {
  readonly vmUid: string;
  readonly vmName: string;
  /** The user that may open the tap. */
  readonly ownerUid: number;
  readonly nat: boolean;
  /** The address that it shall have; the next free one when absent. */
  readonly address?: string;
  /** The address that its card shall have, in lower case; made of its own when absent. */
  readonly mac?: string;
  readonly policy: NetworkPolicy;
}

/** A VM's place in the network. It stays for the VM's life; the tap's name follows from the address. */
export interface Attachment extends AttachmentRequest {
  readonly address: string;
  readonly mac: string;
  readonly tap: string;
  /** Its IPv6 address, which follows from the other; absent when guests have none. */
  readonly address6?: string;
}

/** NAT for an address behind an interface that is not a VM's. */
export interface NatRule {
  readonly address: string;
  readonly link: string;
}

/** An address that a guest was given for a domain of its egress rules. */
export interface ResolvedAddress {
  readonly vmUid: string;
  /** As the rule has it, such as "*.example.org". */
  readonly domain: string;
  readonly address: string;
  /** Until then new connections to it may be made, in milliseconds since 1970. */
  readonly expires: number;
}

/** All that should stand on the host. */
export interface NetworkState {
  /** By address. */
  readonly attachments: readonly Attachment[];
  readonly natRules: readonly NatRule[];
  readonly resolved: readonly ResolvedAddress[];
  /** When it is so, in milliseconds since 1970: what expires is counted from here. */
  readonly asOf: number;
}

export function isEmpty(state: NetworkState): boolean {
  return state.attachments.length === 0 && state.natRules.length === 0;
}

/** Who reaches other networks: the addresses, each with the interface it must come from. */
export function natSources(state: NetworkState): NatRule[] {
  const guests = state.attachments.filter((attachment) => attachment.nat);
  return [...guests.map(({ address, tap }) => ({ address, link: tap })), ...state.natRules];
}

/** The same of IPv6, which scripts have no NAT of. */
export function ipv6NatSources({ attachments }: NetworkState): NatRule[] {
  return attachments.flatMap(({ nat, address6, tap }) =>
    nat && address6 !== undefined ? [{ address: address6, link: tap }] : [],
  );
}

/** Whether the host has to pass packets on for a guest. */
export function needsForwarding({ nat, policy }: AttachmentRequest): boolean {
  return nat || policy.allowFrom.length + policy.publishedPorts.length > 0;
}

/** Whether the host has to pass packets on. */
export function forwards({ attachments, natRules }: NetworkState): boolean {
  return natRules.length > 0 || attachments.some(needsForwarding);
}

export function withoutAttachment(state: NetworkState, vmUid: string): NetworkState {
  return {
    ...state,
    attachments: state.attachments.filter((attachment) => attachment.vmUid !== vmUid),
    resolved: state.resolved.filter((entry) => entry.vmUid !== vmUid),
  };
}

export function withoutNatRule(state: NetworkState, rule: NatRule): NetworkState {
  const natRules = state.natRules.filter(({ address, link }) => address !== rule.address || link !== rule.link);
  return { ...state, natRules };
}

/** Throws INVALID_REQUEST with all field mistakes at once. */
export function checkAttachmentRequest(request: AttachmentRequest, pool: AddressPool): void {
  const fields: FieldViolation[] = [];
  const uidProblem = vmUidProblem(request.vmUid);
  if (uidProblem) fields.push({ field: 'vm_uid', description: uidProblem });
  const nameProblem = dnsLabelProblem(request.vmName);
  if (nameProblem) fields.push({ field: 'vm_name', description: nameProblem });
  if (!Number.isInteger(request.ownerUid) || request.ownerUid < 0) {
    fields.push({ field: 'owner_uid', description: `must be a user id, 0 or more, is ${request.ownerUid}` });
  }
  const addressProblem = request.address === undefined ? undefined : guestAddressProblem(pool, request.address);
  if (addressProblem) fields.push({ field: 'ipv4_address', description: addressProblem });
  const cardProblem = request.mac === undefined ? undefined : macProblem(request.mac);
  if (cardProblem) fields.push({ field: 'mac_address', description: cardProblem });
  fields.push(...policyViolations(request.policy, 'policy.'));
  if (fields.length > 0) throw invalidRequest(`attach vm ${request.vmName || request.vmUid}`, fields);
}

/** Throws INVALID_REQUEST when a VM that is attached is to have another place than its own. */
export function checkKeptPlace({ vmName, address, mac }: AttachmentRequest, known: Attachment): void {
  const fields: FieldViolation[] = [];
  const kept = (field: string, wished: string | undefined, own: string) => {
    if (wished === undefined || wished === own) return;
    fields.push({ field, description: `is ${wished}, but the vm has ${own} and keeps it for its life` });
  };
  kept('ipv4_address', address, known.address);
  kept('mac_address', mac, known.mac);
  if (fields.length > 0) throw invalidRequest(`attach vm ${vmName}`, fields);
}

/** Throws INVALID_REQUEST when `vmUid` cannot be a VM's uid. `what` completes "cannot …". */
export function checkVmUid(what: string, vmUid: string): void {
  const description = vmUidProblem(vmUid);
  if (description) throw invalidRequest(what, [{ field: 'vm_uid', description }]);
}

function vmUidProblem(vmUid: string): string | undefined {
  if (/^[A-Za-z0-9-]{1,64}$/.test(vmUid)) return undefined;
  return vmUid === '' ? 'must not be empty' : 'must be 1 to 64 letters, digits and hyphens';
}
