import { beforeEach, describe, expect, test } from '@jest/globals';
import { DnsServiceService } from '../../gen/banger/dnsd/v1/dns_service.js';
import { ImageServiceService } from '../../gen/banger/imaged/v1/image_service.js';
import { NetworkServiceService } from '../../gen/banger/netd/v1/network_service.js';
import {
  GetStatusResponse,
  ServiceState,
  SupervisorServiceService,
} from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { Acceleration, GetHypervisorResponse, HypervisorKind } from '../../gen/banger/vmm/v1/vm_service.js';
import type { HostFinding } from '../../lib/finding.js';
import { banger, serveFake, serveVmm } from '../../test/fakes/command-line.js';
import { toolLackFor } from '../../test/fakes/findings.js';

const emulating: Partial<GetHypervisorResponse> = {
  kind: HypervisorKind.QEMU,
  acceleration: Acceleration.TCG,
  version: '7.2.22',
  reason: 'firecracker needs KVM; qemu emulates the processor, because /dev/kvm does not exist',
};
const noKvm: HostFinding = {
  purpose: 'vm-start',
  severity: 'warning',
  type: 'DEVICE',
  subject: 'KVM',
  found: '/dev/kvm does not exist',
  remedy: 'enable virtualisation in the firmware',
};
const tun: HostFinding = {
  purpose: 'vm-start',
  severity: 'ok',
  type: 'DEVICE',
  subject: '/dev/net/tun',
  found: 'it is there',
  remedy: '',
};

interface FakeHost {
  readonly hypervisor?: Partial<GetHypervisorResponse>;
  /** By service; one that is undefined does not answer. */
  readonly vmm?: readonly HostFinding[];
  readonly netd?: readonly HostFinding[];
  readonly imaged?: readonly HostFinding[];
  readonly dnsd?: readonly HostFinding[];
}

async function serveHost({ hypervisor = emulating, vmm, netd, imaged, dnsd }: FakeHost): Promise<void> {
  const getHypervisor = () => GetHypervisorResponse.fromPartial(hypervisor);
  if (vmm) await serveVmm({ getHypervisor }, vmm);
  if (netd) await serveFake('netd', NetworkServiceService, {}, netd);
  if (imaged) await serveFake('imaged', ImageServiceService, {}, imaged);
  if (dnsd) await serveFake('dnsd', DnsServiceService, {}, dnsd);
}

const healthy: FakeHost = { vmm: [noKvm], netd: [tun], imaged: [], dnsd: [] };

const serveDaemon = (vmm: { state: ServiceState; lastExit?: string } = { state: ServiceState.HEALTHY }) =>
  serveFake('supervisor', SupervisorServiceService, {
    getStatus: () =>
      GetStatusResponse.fromPartial({
        services: [
          { name: 'netd', state: ServiceState.HEALTHY },
          { name: 'vmm', ...vmm },
        ],
      }),
  });

describe('a host that lacks nothing', () => {
  beforeEach(async () => {
    await serveDaemon();
    await serveHost(healthy);
  });

  test('is told in a line for each purpose; what could be better stands below it, with the way there', async () => {
    expect(await banger('doctor')).toEqual({
      code: 0,
      stderr: '',
      stdout: `Services
  ✓ netd  healthy
  ✓ vmm   healthy

Hypervisor
  ✓ qemu 7.2.22, tcg  firecracker needs KVM; qemu emulates the processor, because /dev/kvm does not exist

This host
  ! vm-start          can start VMs
      ! KVM  /dev/kvm does not exist
             → enable virtualisation in the firmware
  ✓ nat               can let VMs reach other networks
  ✓ work-disk-resize  can grow work disks
  ✓ image-build       can build images
  ✓ image-import      can import container images
  ✓ kernel-build      can build kernels
  ✓ ssh               can log in to VMs
  ✓ bundle            can unpack runtime bundles
  ✓ dns               can answer for names

VMs can be started.
`,
    });
  });

  test('is told whole to programs', async () => {
    const { code, stdout } = await banger('doctor --json');
    expect(code).toBe(0);
    const { findings, ...rest } = JSON.parse(stdout);
    expect(rest).toMatchObject({
      ready: true,
      severity: 'warning',
      silent: [],
      daemon: { services: [{ name: 'netd', state: 'SERVICE_STATE_HEALTHY' }, { name: 'vmm' }] },
      hypervisor: { kind: 'HYPERVISOR_KIND_QEMU', acceleration: 'ACCELERATION_TCG' },
    });
    expect(findings).toEqual(expect.arrayContaining([noKvm, tun]));
    // What the CLI looks for itself.
    expect(findings).toContainEqual(expect.objectContaining({ purpose: 'ssh', subject: 'ssh', severity: 'ok' }));
  });
});

describe('a host that lacks something', () => {
  test('a hypervisor: no VM can be started', async () => {
    await serveDaemon();
    const lack = toolLackFor('vm-start', 'a usable qemu', 'apt install qemu-system-x86');
    await serveHost({ ...healthy, hypervisor: {}, vmm: [lack] });
    const { code, stdout } = await banger('doctor');
    expect(code).toBe(5);
    expect(stdout).toContain('✗ none  no hypervisor can be used as things are');
    expect(stdout).toContain('✗ vm-start          cannot start VMs\n      ✗ a usable qemu  not found');
    expect(stdout).toContain('→ apt install qemu-system-x86');
    expect(stdout).toMatch(/VMs cannot be started; what to do is told above\.\n$/);
    expect(JSON.parse((await banger('doctor --json')).stdout)).toMatchObject({ ready: false, severity: 'error' });
  });

  test('what the network needs for them counts too', async () => {
    await serveDaemon();
    await serveHost({ ...healthy, netd: [toolLackFor('vm-start', 'nft', 'apt install nftables')] });
    expect(await banger('doctor')).toMatchObject({ code: 5, stdout: expect.stringContaining('apt install nftables') });
    expect(JSON.parse((await banger('doctor --json')).stdout)).toMatchObject({ ready: false });
  });

  test('for another purpose: VMs can be started all the same, and the exit code tells', async () => {
    await serveDaemon();
    await serveHost({ ...healthy, imaged: [toolLackFor('image-build', 'mmdebstrap', 'apt install mmdebstrap')] });
    const { code, stdout } = await banger('doctor');
    expect(code).toBe(5);
    expect(stdout).toContain('✗ image-build       cannot build images\n      ✗ mmdebstrap  not found\n');
    expect(stdout).toMatch(/VMs can be started, but something else is missing; what to do is told above\.\n$/);
    expect(JSON.parse((await banger('doctor --json')).stdout)).toMatchObject({ ready: true, severity: 'error' });
  });
});

describe('with --only', () => {
  test('nothing else is asked, shown or judged', async () => {
    await serveDaemon();
    await serveHost({
      netd: [{ ...tun, purpose: 'nat' }, toolLackFor('vm-start', 'ip', 'apt install iproute2')],
      imaged: [toolLackFor('image-build', 'mmdebstrap', 'apt install mmdebstrap')],
    });
    expect(await banger('doctor --only bundle,nat')).toEqual({
      code: 0,
      stderr: '',
      stdout: `Services
  ✓ netd  healthy
  ✓ vmm   healthy

This host
  ✓ nat     can let VMs reach other networks
  ✓ bundle  can unpack runtime bundles

Nothing that is needed is missing.
`,
    });
    const { ready, silent } = JSON.parse((await banger('doctor --only bundle,nat --json')).stdout);
    expect({ ready, silent }).toEqual({ ready: null, silent: [] });
  });

  test('a purpose that is none is a mistake', async () => {
    const { code, stderr } = await banger('doctor --only nat,weather');
    expect(code).toBe(2);
    expect(stderr).toContain('is "weather"');
  });
});

describe('what is down', () => {
  test('a service: its last words, what it would have told, and what the others tell', async () => {
    await serveDaemon({ state: ServiceState.BACKOFF, lastExit: 'wrong configuration' });
    const { vmm: _, ...others } = healthy;
    await serveHost(others);
    const { code, stdout } = await banger('doctor');
    expect(code).toBe(8);
    expect(stdout).toContain(
      '✗ vmm   backoff: wrong configuration\n          → look at its log with `banger service logs vmm`',
    );
    expect(stdout).toContain('✗ unknown  vmm, which would tell, does not answer');
    expect(stdout).toContain('✗ vm-start          found /dev/net/tun; vmm, which would tell more, does not answer');
    expect(stdout).toContain('✓ nat               can let VMs reach other networks');
  });

  test('the daemon: how to start it, also that root may have one, and what the CLI can tell itself', async () => {
    const { code, stdout } = await banger('doctor');
    expect(code).toBe(8);
    expect(stdout).toContain('✗ daemon  it does not answer\n            → start it with `banger daemon start`\n');
    expect(stdout).toContain('✗ vm-start          vmm and netd, which would tell, do not answer');
    expect(stdout).toContain('✗ ssh               found ssh; vmm, which would tell more, does not answer');
    expect(stdout).toContain('✓ bundle            can unpack runtime bundles');
    expect((await banger('doctor', undefined, 1000)).stdout).toContain(
      'sudo banger daemon start`; one that root started answers to `sudo banger doctor`',
    );
    const json = JSON.parse((await banger('doctor --json')).stdout);
    expect(json).toMatchObject({
      ready: false,
      silent: ['netd', 'imaged', 'vmm', 'dnsd'],
      daemon: null,
      hypervisor: null,
      findings: [{ purpose: 'ssh' }, { purpose: 'bundle' }, { purpose: 'dns' }],
    });
  });
});
