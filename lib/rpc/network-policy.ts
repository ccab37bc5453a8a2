import {
  EgressAction,
  IpProtocol,
  type NetworkPolicy as WirePolicy,
  type PublishedPort as WirePort,
  type EgressRule as WireRule,
} from '../../gen/banger/network/v1/policy.js';
import type { FieldViolation } from '../errors.js';
import { canonicalPolicy, type EgressRule, type NetworkPolicy, type PublishedPort } from '../network-policy/policy.js';

/** Policies between the contract and the types that services share. */

const wireActions = { allow: EgressAction.ALLOW, deny: EgressAction.DENY } as const;
const wireProtocols = { any: IpProtocol.UNSPECIFIED, tcp: IpProtocol.TCP, udp: IpProtocol.UDP } as const;

export function toWirePolicy({ allowFrom, egress, publishedPorts }: NetworkPolicy): WirePolicy {
  return {
    allowFrom: [...allowFrom],
    egress: egress.map(toWireRule),
    publishedPorts: publishedPorts.map(toWirePort),
  };
}

export function toWireRule(rule: EgressRule): WireRule {
  return { ...rule, action: wireActions[rule.action], protocol: wireProtocols[rule.protocol] };
}

export function toWirePort(port: PublishedPort): WirePort {
  return { ...port, protocol: wireProtocols[port.protocol] };
}

/** What was read, in its one form, and what in it has no meaning here. */
export interface ReadPolicy {
  readonly policy: NetworkPolicy;
  readonly violations: readonly FieldViolation[];
}

/** Absent is the empty policy. `prefix` comes before the names of fields. */
export function fromWirePolicy(wire: WirePolicy | undefined, prefix: string): ReadPolicy {
  const { rules, violations } = fromWireRules(wire?.egress ?? [], `${prefix}egress`);
  const publishedPorts = (wire?.publishedPorts ?? []).map(fromWirePort);
  return { policy: canonicalPolicy({ allowFrom: wire?.allowFrom ?? [], egress: rules, publishedPorts }), violations };
}

export function fromWireRules(
  wire: readonly WireRule[],
  field: string,
): { readonly rules: EgressRule[]; readonly violations: FieldViolation[] } {
  const violations = wire.flatMap(({ action }, i) => {
    if (Object.values<EgressAction>(wireActions).includes(action)) return [];
    return [{ field: `${field}[${i}].action`, description: 'must be EGRESS_ACTION_ALLOW or EGRESS_ACTION_DENY' }];
  });
  const rules = wire.map(({ action, destination, port, protocol }) => ({
    // An action that is none has been told above, and goes no further.
    action: action === EgressAction.ALLOW ? ('allow' as const) : ('deny' as const),
    destination,
    port,
    protocol: fromWireProtocol(protocol) ?? ('any' as const),
  }));
  return { rules, violations };
}

export function fromWirePort({ hostAddress, hostPort, guestPort, protocol }: WirePort): PublishedPort {
  return { hostAddress, hostPort, guestPort, protocol: fromWireProtocol(protocol) ?? 'tcp' };
}

function fromWireProtocol(protocol: IpProtocol): 'tcp' | 'udp' | undefined {
  if (protocol === IpProtocol.TCP) return 'tcp';
  return protocol === IpProtocol.UDP ? 'udp' : undefined;
}
