import { expect, test } from '@jest/globals';
import { EgressAction, IpProtocol, NetworkPolicy } from '../../gen/banger/network/v1/policy.js';
import { emptyPolicy, type NetworkPolicy as Policy } from '../network-policy/policy.js';
import { fromWirePolicy, toWirePolicy } from './network-policy.js';

const policy: Policy = {
  allowFrom: ['web', '10.0.0.0/8', 'all'],
  egress: [
    { action: 'allow', destination: 'example.org', port: 443, protocol: 'tcp' },
    { action: 'allow', destination: '10.0.0.1', port: 53, protocol: 'udp' },
    { action: 'deny', destination: 'all', port: 0, protocol: 'any' },
  ],
  publishedPorts: [
    { hostAddress: '', hostPort: 8080, guestPort: 80, protocol: 'tcp' },
    { hostAddress: '127.0.0.1', hostPort: 53, guestPort: 53, protocol: 'udp' },
  ],
};

test('a policy comes through the wire as it was', () => {
  const wire = NetworkPolicy.decode(NetworkPolicy.encode(toWirePolicy(policy)).finish());
  expect(fromWirePolicy(wire, '')).toEqual({ policy, violations: [] });
  expect(fromWirePolicy(undefined, '')).toEqual({ policy: emptyPolicy, violations: [] });
});

test('what is left out has its standard, but for an action', () => {
  const wire = NetworkPolicy.fromPartial({
    egress: [{ destination: 'all' }, { destination: 'all', action: EgressAction.ALLOW }],
    publishedPorts: [{ hostPort: 1, guestPort: 2 }],
  });
  const { policy: read, violations } = fromWirePolicy(wire, 'policy.');
  expect(read.publishedPorts).toEqual([{ hostAddress: '', hostPort: 1, guestPort: 2, protocol: 'tcp' }]);
  expect(read.egress[1]).toEqual({ action: 'allow', destination: 'all', port: 0, protocol: 'any' });
  expect(violations).toEqual([{ field: 'policy.egress[0].action', description: expect.stringContaining('ALLOW') }]);
  expect(toWirePolicy(read).publishedPorts[0]?.protocol).toBe(IpProtocol.TCP);
});
