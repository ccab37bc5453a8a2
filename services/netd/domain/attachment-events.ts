import { samePolicy } from '../../../lib/network-policy/policy.js';
import type { Attachment } from './attachment.js';

/** What a change of an attachment is told as. */
export interface AttachmentHappening {
  readonly type: 'attachment';
  readonly action: 'attached' | 'changed' | 'released';
  readonly object: string;
  readonly uid: string;
  readonly message: string;
}

/** What happened from one record of an attachment to the next; undefined when it is nothing. */
export function happeningOf(
  before: Attachment | undefined,
  after: Attachment | undefined,
): AttachmentHappening | undefined {
  const attachment = after ?? before;
  if (attachment === undefined) return undefined;
  const about = { type: 'attachment', object: attachment.vmName, uid: attachment.vmUid } as const;
  const place = `${attachment.tap}, ${[attachment.address, attachment.address6].filter(Boolean).join(', ')}`;
  if (after === undefined) return { ...about, action: 'released', message: place };
  if (before === undefined) return { ...about, action: 'attached', message: `${place}; ${natText(after)}` };
  const changes = [
    ...(before.nat === after.nat ? [] : [natText(after)]),
    ...(samePolicy(before.policy, after.policy) ? [] : [policyText(after)]),
    ...(before.ownerUid === after.ownerUid ? [] : [`its tap belongs to user ${after.ownerUid}`]),
  ];
  return changes.length === 0 ? undefined : { ...about, action: 'changed', message: changes.join('; ') };
}

function natText({ nat }: Attachment): string {
  return nat ? 'with NAT' : 'without NAT';
}

function policyText({ policy: { allowFrom, egress, publishedPorts } }: Attachment): string {
  return `policy: ${allowFrom.length} sources, ${egress.length} egress rules, ${publishedPorts.length} published ports`;
}
