import type { NetworkServiceService } from '../../../gen/banger/netd/v1/network_service.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import { resolutionsOf } from '../app/allow-resolved.js';
import { deleteNatRule } from '../app/delete-nat-rule.js';
import { ensureAttachment } from '../app/ensure-attachment.js';
import { getAttachment } from '../app/get-attachment.js';
import { getNetwork } from '../app/get-network.js';
import { listAttachments } from '../app/list-attachments.js';
import type { Network } from '../app/network.js';
import { checkPlace } from '../app/place.js';
import { putNatRule } from '../app/put-nat-rule.js';
import { releaseAttachment } from '../app/release-attachment.js';
import { setNat } from '../app/set-nat.js';
import { checkPolicy, setPolicy } from '../app/set-policy.js';
import type { Attachment } from '../domain/attachment.js';
import {
  fromEnsureRequest,
  fromNatRuleRequest,
  fromPolicy,
  toAttachmentMessage,
  toDomainsMessage,
  toNetworkMessage,
} from './convert.js';

/** banger.netd.v1.NetworkService. */
export function networkHandlers(network: Network): Handlers<typeof NetworkServiceService> {
  const allowResolved = resolutionsOf(network);
  const toMessage = (attachment: Attachment) => toAttachmentMessage(attachment, network.settings);
  return {
    async ensureAttachment(request) {
      const wanted = fromEnsureRequest(request);
      if (!request.validateOnly) return { attachment: toMessage(await ensureAttachment(network, wanted)) };
      checkPlace(network, wanted);
      return { attachment: undefined };
    },
    async releaseAttachment({ vmUid }) {
      await releaseAttachment(network, vmUid);
      return {};
    },
    setNat: async ({ vmUid, nat }) => ({ attachment: toMessage(await setNat(network, vmUid, nat)) }),
    setPolicy: async ({ vmUid, policy }) => ({
      attachment: toMessage(await setPolicy(network, vmUid, fromPolicy(`set the policy of vm ${vmUid}`, policy))),
    }),
    async checkPolicy({ vmUid, vmName, policy }) {
      await checkPolicy(network, vmUid, vmName, fromPolicy(`set the policy of vm ${vmName}`, policy));
      return {};
    },
    async allowResolved(resolution) {
      await allowResolved(resolution);
      return {};
    },
    async *watchDomains(_request, { signal }) {
      for await (const guests of network.domains.follow(signal)) yield toDomainsMessage(guests);
    },
    getAttachment: ({ vmUid }) => ({ attachment: toMessage(getAttachment(network, vmUid)) }),
    listAttachments: () => ({ attachments: listAttachments(network).map(toMessage) }),
    async putNatRule(request) {
      await putNatRule(network, fromNatRuleRequest(request));
      return {};
    },
    async deleteNatRule(request) {
      await deleteNatRule(network, fromNatRuleRequest(request));
      return {};
    },
    getNetwork: () => toNetworkMessage(getNetwork(network)),
  };
}
