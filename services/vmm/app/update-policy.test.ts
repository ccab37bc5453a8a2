import { beforeEach, describe, expect, test } from '@jest/globals';
import type { EgressRule, PublishedPort } from '../../../lib/network-policy/policy.js';
import { creation, doWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import type { PolicyChange } from '../domain/policy-change.js';
import { createVm } from './create-vm.js';
import { stopVm } from './stop-vm.js';
import { updateVm } from './update-vm.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const port = (hostPort: number, change: Partial<PublishedPort> = {}): PublishedPort => ({
  ...{ hostAddress: '', hostPort, guestPort: 80, protocol: 'tcp' as const },
  ...change,
});
const rule: EgressRule = { action: 'allow', destination: 'example.org', port: 443, protocol: 'tcp' };
const policy = (...publishedPorts: PublishedPort[]) => ({ allowFrom: [], egress: [], publishedPorts });
const change = (wanted: Partial<PolicyChange>, name = 'web') =>
  updateVm(world.vmm, { name, change: {}, policy: { publish: [], unpublish: [], ...wanted }, violations: [] });
const enforced = (uid: string) => world.networks.attachments.get(uid)?.policy;

test('a policy comes with the VM, and each part changes for itself, running or not', async () => {
  const { uid } = await createVm(world.vmm, creation({ spec: { policy: policy(port(8080)) } }));
  expect(enforced(uid)).toEqual(policy(port(8080)));
  await change({ allowFrom: ['db'] });
  await change({ egress: [rule] });
  await change({ publish: [port(8081)] });
  await stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
  const changed = await change({ unpublish: [port(8080, { guestPort: 0 })], publish: [port(8081)] });
  const wanted = { allowFrom: ['db'], egress: [rule], publishedPorts: [port(8081)] };
  expect(changed.spec.policy).toEqual(wanted);
  expect(enforced(uid)).toEqual(wanted);
  expect((await change({ allowFrom: [], egress: [] })).spec.policy).toEqual(policy(port(8081)));
});

describe('a port that another VM has', () => {
  beforeEach(async () => {
    await createVm(world.vmm, creation({ name: 'db', spec: { policy: policy(port(8080)) } }));
  });

  test('is refused before a VM is recorded', async () => {
    const refused = createVm(world.vmm, creation({ spec: { policy: policy(port(8080)) } }));
    await expect(refused).rejects.toMatchObject({ reason: 'PORT_TAKEN' });
    expect(world.store.findByName('web')).toBeUndefined();
  });

  test('is taken back where it was to be published', async () => {
    await createVm(world.vmm, creation({ spec: { policy: policy(port(8081)) } }));
    const refused = change({ publish: [port(8080, { hostAddress: '127.0.0.1' })] });
    await expect(refused).rejects.toMatchObject({ kind: 'exists', reason: 'PORT_TAKEN' });
    expect(world.store.findByName('web')).toMatchObject({
      spec: { policy: policy(port(8081)) },
      status: { state: 'RUNNING' },
    });
  });
});

test('mistakes in what is published and what is published no more are told together', async () => {
  await createVm(world.vmm, creation({ spec: { policy: policy(port(8080)) } }));
  const wrong = change({ publish: [port(0)], unpublish: [port(8080, { protocol: 'udp' }), port(8080)] });
  await expect(wrong).rejects.toMatchObject({
    kind: 'invalid',
    fields: [
      { field: 'policy.published_ports[0].host_port' },
      { field: 'unpublish[0]', description: 'port 8080/udp at all addresses is not published' },
    ],
  });
});
