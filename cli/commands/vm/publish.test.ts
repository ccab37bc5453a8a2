import { describe, expect, test } from '@jest/globals';
import { EgressAction, IpProtocol, NetworkPolicy } from '../../../gen/banger/network/v1/policy.js';
import { type CreateVmRequest, type UpdateVmRequest, Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import { banger, serveVmm, web } from '../../../test/fakes/command-line.js';

const policy = NetworkPolicy.fromPartial({
  allowFrom: ['db', '10.1.0.0/16'],
  egress: [{ action: EgressAction.ALLOW, destination: 'example.org', port: 443, protocol: IpProtocol.TCP }],
  publishedPorts: [{ hostAddress: '127.0.0.1', hostPort: 5353, guestPort: 53, protocol: IpProtocol.UDP }],
});
const published = Vm.fromPartial({ ...web, spec: { ...web.spec, nat: false, policy } });

async function updates(): Promise<UpdateVmRequest[]> {
  const requests: UpdateVmRequest[] = [];
  await serveVmm({
    async updateVm(request) {
      requests.push(request);
      return { vm: request.unpublish.length > 0 ? web : published };
    },
    getVm: () => ({ vm: published }),
    getVmStats: () => ({ stats: undefined }),
  });
  return requests;
}

describe('publishing', () => {
  test('sends each port, and says what is published', async () => {
    const requests = await updates();
    const { stdout, code } = await banger('vm publish web 8080:80 127.0.0.1:5353:53/udp 9000-9001:90-91');
    expect([code, stdout]).toEqual([0, 'web: published at 127.0.0.1:5353:53/udp\n']);
    expect(requests[0]).toMatchObject({
      name: 'web',
      unpublish: [],
      publish: [
        { hostAddress: '', hostPort: 8080, guestPort: 80, protocol: IpProtocol.TCP },
        { hostAddress: '127.0.0.1', hostPort: 5353, guestPort: 53, protocol: IpProtocol.UDP },
        { hostPort: 9000, guestPort: 90 },
        { hostPort: 9001, guestPort: 91 },
      ],
    });
    expect((await banger('vm unpublish web 8080 127.0.0.1:5353/udp')).stdout).toBe('web: nothing is published\n');
    expect(requests[1]).toMatchObject({
      publish: [],
      unpublish: [
        { hostPort: 8080, guestPort: 0 },
        { hostAddress: '127.0.0.1', protocol: IpProtocol.UDP },
      ],
    });
  });

  test('tells all mistakes at once', async () => {
    const { code, stderr } = await banger('vm publish web 8080 0:80');
    expect(code).toBe(2);
    expect(stderr).toMatch(/must be HOST_PORT:GUEST_PORT[\s\S]*must be a port, 1 to 65535, is 0/);
  });

  test('is shown, with what egress rules without NAT come to', async () => {
    await updates();
    const { stdout } = await banger('vm show web');
    expect(stdout).toMatch(/Published +127\.0\.0\.1:5353:53\/udp/);
    expect(stdout).toMatch(/Allowed from +db, 10\.1\.0\.0\/16/);
    expect(stdout).toMatch(/Egress +allow:example\.org:443\/tcp \(without NAT it reaches nothing\)/);
  });
});

describe('the options of a policy', () => {
  test('may be repeated, and hold lists', async () => {
    const requests: CreateVmRequest[] = [];
    await serveVmm({
      async createVm(request) {
        requests.push(request);
        return { vm: web };
      },
    });
    const words = ['--publish 8080:80', '--publish 8081:81', '--allow-from db,all', '--egress deny:10.0.0.0/8'];
    await banger(`vm create web --no-wait ${words.join(' ')}`);
    expect(requests[0]?.spec?.policy).toMatchObject({
      allowFrom: ['db', 'all'],
      egress: [{ action: EgressAction.DENY, destination: '10.0.0.0/8' }],
      publishedPorts: [{ hostPort: 8080 }, { hostPort: 8081 }],
    });
  });

  test('are in place of what was before, or none', async () => {
    const requests = await updates();
    await banger('vm set web --allow-from none --egress allow:all');
    expect(requests[0]).toMatchObject({
      allowFrom: { sources: [] },
      egress: { rules: [{ action: EgressAction.ALLOW, destination: 'all' }] },
    });
  });

  test('have their mistakes told with the others', async () => {
    const { code, stderr } = await banger('vm set web --cpus x --allow-from Web --egress example.org');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--cpus:[\s\S]*--allow-from: must be the name of a VM[\s\S]*--egress: must be allow:DEST/);
  });
});
