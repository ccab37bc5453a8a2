import { about } from '../../../lib/context.js';
import { invalidRequest } from '../../../lib/errors.js';
import { policyViolations } from '../../../lib/network-policy/check.js';
import { canonicalPolicy, type NetworkPolicy } from '../../../lib/network-policy/policy.js';
import { type Attachment, checkVmUid, needsForwarding } from '../domain/attachment.js';
import { attachmentNotFound } from '../domain/errors.js';
import { type Network, requireHost } from './network.js';
import { requirePorts } from './published-ports.js';
import { applyRules } from './rules.js';

/** Sets who reaches a VM and what it reaches, connections that are open included. */
export function setPolicy(network: Network, vmUid: string, wanted: NetworkPolicy): Promise<Attachment> {
  checkVmUid('set a policy', vmUid);
  const policy = checkedPolicy(`set the policy of vm ${vmUid}`, wanted);
  return about(vmUid, () =>
    network.serial.run(async () => {
      const { store } = network;
      const known = store.attachment(vmUid);
      if (known === undefined) throw attachmentNotFound('set a policy', vmUid);
      await requirePorts(network, vmUid, known.vmName, policy);
      const before = store.state();
      const attachment = { ...known, policy };
      await requireHost(network, `set the policy of vm ${known.vmName}`, needsForwarding(attachment));
      store.saveAttachment(attachment);
      await applyRules(network, before, store.state());
      return attachment;
    }),
  );
}

/** Whether a policy could be set now; `vmUid` is empty for a VM that is not attached yet. */
export async function checkPolicy(
  network: Network,
  vmUid: string,
  vmName: string,
  wanted: NetworkPolicy,
): Promise<void> {
  const policy = checkedPolicy(`set the policy of vm ${vmName}`, wanted);
  await network.serial.run(() => requirePorts(network, vmUid, vmName, policy));
}

/** In its one form; throws INVALID_REQUEST with all mistakes. `what` completes "cannot …". */
function checkedPolicy(what: string, wanted: NetworkPolicy): NetworkPolicy {
  const policy = canonicalPolicy(wanted);
  const violations = policyViolations(policy, 'policy.');
  if (violations.length > 0) throw invalidRequest(what, violations);
  return policy;
}
