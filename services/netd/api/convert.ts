import type * as pb from '../../../gen/banger/netd/v1/network_service.js';
import type { NetworkPolicy as WirePolicy } from '../../../gen/banger/network/v1/policy.js';
import { invalidRequest } from '../../../lib/errors.js';
import type { NetworkPolicy } from '../../../lib/network-policy/policy.js';
import { fromWirePolicy, toWirePolicy } from '../../../lib/rpc/network-policy.js';
import type { GuestDomains } from '../app/domain-feed.js';
import type { NetworkView } from '../app/get-network.js';
import { ipv6Gateway } from '../domain/address-pool6.js';
import type { Attachment, AttachmentRequest, NatRule } from '../domain/attachment.js';
import type { NetworkSettings } from '../domain/settings.js';

/** The wire's words to ours, and back. */

export function toAttachmentMessage(attachment: Attachment, { pool }: NetworkSettings): pb.Attachment {
  return {
    vmUid: attachment.vmUid,
    vmName: attachment.vmName,
    ipv4Address: attachment.address,
    macAddress: attachment.mac,
    tap: attachment.tap,
    gateway: pool.gateway,
    nat: attachment.nat,
    policy: toWirePolicy(attachment.policy),
    ipv6Address: attachment.address6 ?? '',
    ipv6Gateway: attachment.address6 === undefined ? '' : ipv6Gateway,
  };
}

export function fromEnsureRequest(request: pb.EnsureAttachmentRequest): AttachmentRequest {
  const { vmUid, vmName, ownerUid, nat, ipv4Address, macAddress } = request;
  const wish = { ...(ipv4Address && { address: ipv4Address }), ...(macAddress && { mac: macAddress.toLowerCase() }) };
  const policy = fromPolicy(`attach vm ${vmName || vmUid}`, request.policy);
  return { vmUid, vmName, ownerUid, nat, policy, ...wish };
}

/** Throws INVALID_REQUEST for what has no meaning here. `what` completes "cannot …". */
export function fromPolicy(what: string, wire: WirePolicy | undefined): NetworkPolicy {
  const { policy, violations } = fromWirePolicy(wire, 'policy.');
  if (violations.length > 0) throw invalidRequest(what, violations);
  return policy;
}

export function fromNatRuleRequest({ ipv4Address, tap }: pb.PutNatRuleRequest | pb.DeleteNatRuleRequest): NatRule {
  return { address: ipv4Address, link: tap };
}

export function toDomainsMessage(guests: readonly GuestDomains[]): pb.WatchDomainsResponse {
  return {
    guests: guests.map(({ addresses, domains }) => ({ guestAddresses: [...addresses], domains: [...domains] })),
  };
}

export function toNetworkMessage(network: NetworkView): pb.GetNetworkResponse {
  return { ...network, repairs: [...network.repairs] };
}
