import type { FieldViolation } from '../../../lib/errors.js';
import {
  canonicalPolicy,
  type EgressRule,
  type NetworkPolicy,
  type PublishedPort,
  samePort,
} from '../../../lib/network-policy/policy.js';

/** What is to become of a policy. Absent lists stay as they are. */
export interface PolicyChange {
  readonly allowFrom?: readonly string[];
  readonly egress?: readonly EgressRule[];
  /** Beside those that are published. */
  readonly publish: readonly PublishedPort[];
  /** Before `publish`; a guest port of 0 stands for any. */
  readonly unpublish: readonly PublishedPort[];
}

export function changedPolicy(policy: NetworkPolicy, change: PolicyChange): NetworkPolicy {
  const { allowFrom = policy.allowFrom, egress = policy.egress, publish } = change;
  const unpublish = canonicalPolicy({ ...policy, publishedPorts: change.unpublish }).publishedPorts;
  const stays = (port: PublishedPort) => !unpublish.some((gone) => isMeant(gone, port));
  return canonicalPolicy({ allowFrom, egress, publishedPorts: [...policy.publishedPorts.filter(stays), ...publish] });
}

function isMeant(gone: PublishedPort, port: PublishedPort): boolean {
  return samePort(gone.guestPort === 0 ? { ...gone, guestPort: port.guestPort } : gone, port);
}

/** Those to publish no more that are not published: whoever names one may have meant another. */
export function unpublishViolations(policy: NetworkPolicy, { unpublish }: PolicyChange): FieldViolation[] {
  const asked = canonicalPolicy({ ...policy, publishedPorts: unpublish }).publishedPorts;
  return asked.flatMap((gone, i) => {
    if (policy.publishedPorts.some((port) => isMeant(gone, port))) return [];
    const { hostAddress, hostPort, protocol } = gone;
    const where = hostAddress === '' ? 'all addresses' : hostAddress;
    return [{ field: `unpublish[${i}]`, description: `port ${hostPort}/${protocol} at ${where} is not published` }];
  });
}
