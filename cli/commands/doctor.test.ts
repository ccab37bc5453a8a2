import { describe, expect, test } from '@jest/globals';
import {
  GetStatusResponse,
  ServiceState,
  SupervisorServiceService,
} from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { Acceleration, GetHypervisorResponse, HypervisorKind } from '../../gen/banger/vmm/v1/vm_service.js';
import { banger, serveFake, serveVmm } from '../../test/fakes/command-line.js';

const good = (detail: string) => ({ ok: true, detail, remedy: '' });
const bad = (detail: string, remedy: string) => ({ ok: false, detail, remedy });
const firecracker = { kind: HypervisorKind.FIRECRACKER, program: '', version: '' };
const qemu = { kind: HypervisorKind.QEMU, program: '/usr/bin/qemu', version: '7.2.22' };

const emulating: Partial<GetHypervisorResponse> = {
  kind: HypervisorKind.QEMU,
  acceleration: Acceleration.TCG,
  version: '7.2.22',
  reason: 'firecracker needs KVM; qemu emulates the processor, because /dev/kvm does not exist',
  hypervisors: [
    { ...firecracker, usable: bad('its program firecracker was not found', 'install Firecracker 1.14 or newer') },
    { ...qemu, usable: good('QEMU 7.2.22 is there') },
  ],
  kvm: bad('/dev/kvm does not exist', 'enable virtualisation in the firmware'),
  jailer: bad('its program jailer was not found', ''),
  programs: good('the other programs that vms need are there'),
};
const nothing: Partial<GetHypervisorResponse> = {
  ...emulating,
  kind: HypervisorKind.UNSPECIFIED,
  reason: '',
  hypervisors: [
    { ...firecracker, usable: bad('its program firecracker was not found', 'install Firecracker 1.14 or newer') },
    { ...qemu, program: '', usable: bad('its program qemu was not found', 'apt install qemu-system-x86') },
  ],
};

const serveHost = (host: Partial<GetHypervisorResponse>) =>
  serveVmm({ getHypervisor: () => GetHypervisorResponse.fromPartial(host) });

const serveDaemon = (vmm: { state: ServiceState; lastExit?: string }) =>
  serveFake('supervisor', SupervisorServiceService, {
    getStatus: () =>
      GetStatusResponse.fromPartial({
        services: [
          { name: 'netd', state: ServiceState.HEALTHY },
          { name: 'vmm', ...vmm },
        ],
      }),
  });

describe('a host that VMs can be started on', () => {
  test('tells what they get and why, and what is not there, with the way out', async () => {
    await serveDaemon({ state: ServiceState.HEALTHY });
    await serveHost(emulating);
    expect(await banger('doctor')).toEqual({
      code: 0,
      stderr: '',
      stdout: `Services
  ✓ netd  healthy
  ✓ vmm   healthy

Hypervisor
  ✓ qemu 7.2.22, tcg  firecracker needs KVM; qemu emulates the processor, because /dev/kvm does not exist

This host
  ✗ firecracker  its program firecracker was not found
                 → install Firecracker 1.14 or newer
  ✓ qemu         QEMU 7.2.22 is there
  ✗ KVM          /dev/kvm does not exist
                 → enable virtualisation in the firmware
  ✗ jailer       its program jailer was not found
  ✓ programs     the other programs that vms need are there

VMs can be started.
`,
    });
  });

  test('programs get the answers of the services as they are', async () => {
    await serveDaemon({ state: ServiceState.HEALTHY });
    await serveHost(emulating);
    const { code, stdout } = await banger('doctor --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ready: true,
      daemon: { services: [{ name: 'netd', state: 'SERVICE_STATE_HEALTHY' }, { name: 'vmm' }] },
      hypervisor: { kind: 'HYPERVISOR_KIND_QEMU', kvm: { ok: false }, hypervisors: [{ program: '' }, {}] },
    });
  });
});

describe('a host that they cannot be started on', () => {
  test('for want of a hypervisor', async () => {
    await serveDaemon({ state: ServiceState.HEALTHY });
    await serveHost(nothing);
    const { code, stdout } = await banger('doctor');
    expect(code).toBe(5);
    expect(stdout).toContain('✗ none  no hypervisor can be used as things are');
    expect(stdout).toContain('→ apt install qemu-system-x86');
    expect(stdout).toMatch(/VMs cannot be started; what to do is told above\.\n$/);
    expect(JSON.parse((await banger('doctor --json')).stdout)).toMatchObject({ ready: false });
  });

  test('for want of another program', async () => {
    await serveDaemon({ state: ServiceState.HEALTHY });
    await serveHost({ ...emulating, programs: bad('not found: mke2fs', 'apt install e2fsprogs') });
    const { code, stdout } = await banger('doctor');
    expect(code).toBe(5);
    expect(stdout).toContain('→ apt install e2fsprogs');
  });

  test('for a service that is down', async () => {
    await serveDaemon({ state: ServiceState.BACKOFF, lastExit: 'wrong configuration' });
    const { code, stdout } = await banger('doctor');
    expect(code).toBe(8);
    expect(stdout).toContain(
      '✗ vmm   backoff: wrong configuration\n          → look at its log with `banger service logs vmm`',
    );
    expect(stdout).toContain('vmm, which would tell, does not answer');
  });

  test('for a daemon that is away: it is said with how to start it, also that root may have one', async () => {
    const { code, stdout } = await banger('doctor');
    expect(code).toBe(8);
    expect(stdout).toContain('✗ daemon  it does not answer\n            → start it with `banger daemon start`\n');
    expect((await banger('doctor', undefined, 1000)).stdout).toContain(
      'sudo banger daemon start`; one that root started answers to `sudo banger doctor`',
    );
    const json = JSON.parse((await banger('doctor --json')).stdout);
    expect(json).toEqual({ ready: false, daemon: null, hypervisor: null });
  });
});
