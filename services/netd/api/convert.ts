import type * as pb from '../../../gen/banger/netd/v1/network_service.js';
import type { Attachment, AttachmentRequest, NatRule } from '../domain/attachment.js';

/** The wire's words to ours, and back. */

export function toAttachmentMessage(attachment: Attachment, gateway: string): pb.Attachment {
  return {
    vmUid: attachment.vmUid,
    vmName: attachment.vmName,
    ipv4Address: attachment.address,
    macAddress: attachment.mac,
    tap: attachment.tap,
    gateway,
    nat: attachment.nat,
    ipv6Address: '',
    ipv6Gateway: '',
  };
}

export function fromEnsureRequest(request: pb.EnsureAttachmentRequest): AttachmentRequest {
  const { vmUid, vmName, ownerUid, nat, ipv4Address, macAddress } = request;
  const wish = { ...(ipv4Address && { address: ipv4Address }), ...(macAddress && { mac: macAddress.toLowerCase() }) };
  return { vmUid, vmName, ownerUid, nat, ...wish };
}

export function fromNatRuleRequest({ ipv4Address, tap }: pb.PutNatRuleRequest | pb.DeleteNatRuleRequest): NatRule {
  return { address: ipv4Address, link: tap };
}
