import { expect, test } from '@jest/globals';
import { Acceleration, HypervisorKind, RestartPolicy, Vm, VmStats } from '../../../gen/banger/vmm/v1/vm_service.js';
import { BangerError } from '../../../lib/errors.js';
import { banger, serveVmm, web } from '../../../test/fakes/command-line.js';

const mib = 1024 * 1024;
const disk = { readBytes: 12 * mib, writtenBytes: 0, readCount: 300, writeCount: 0 };

const stats: VmStats = VmStats.fromPartial({
  uptime: { seconds: 192, nanos: 500_000_000 },
  cpuTime: { seconds: 12, nanos: 300_000_000 },
  residentBytes: 180 * mib,
  guestMemory: { totalBytes: 512 * mib, availableBytes: 402 * mib, balloonBytes: 0 },
  disks: [
    { name: 'base', ...disk },
    { name: 'overlay', ...disk, writtenBytes: 3 * mib, writeCount: 7 },
  ],
  network: { receivedBytes: 2 * mib, sentBytes: 4096, receivedPackets: 1034, sentPackets: 300 },
  counters: { 'vcpu.failures': 2, 'net.rx_fails': 0, 'api.failures': 1 },
});

/** A VM with everything that `vm show` has to say of its hypervisor. */
const running = Vm.fromPartial({
  ...web,
  spec: { ...web.spec, restartPolicy: RestartPolicy.ON_FAILURE },
  status: {
    ...web.status,
    pid: 4711,
    hypervisor: HypervisorKind.FIRECRACKER,
    hypervisorVersion: '1.16.1',
    hypervisorReason: 'KVM works here',
    acceleration: Acceleration.KVM,
    jailUid: 20_001,
    restartCount: 2,
    restartReason: 'its guest rebooted',
  },
});

test('a reading for people: averages, totals, and the counters that are not 0', async () => {
  await serveVmm({ getVmStats: () => ({ stats }) });
  expect(await banger('vm stats web')).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      'Uptime        3m12s',
      'Processor     12.3s, 6% of one processor',
      'Memory        180 MiB of the host',
      'In the guest  402 MiB of 512 MiB available',
      'Received      2 MiB in 1034 packets',
      'Sent          4 KiB in 300 packets',
      '',
      'DISK       READ  WRITTEN  READS  WRITES',
      'base     12 MiB      0 B    300       0',
      'overlay  12 MiB    3 MiB    300       7',
      '',
      'COUNTER        VALUE',
      'api.failures       1',
      'vcpu.failures      2',
      '',
    ].join('\n'),
  });
});

test('for programs every counter', async () => {
  await serveVmm({ getVmStats: () => ({ stats }) });
  expect(JSON.parse((await banger('vm stats web --json')).stdout)).toMatchObject({
    residentBytes: 180 * mib,
    disks: [{ name: 'base', readBytes: 12 * mib }, { name: 'overlay' }],
    counters: { 'vcpu.failures': 2, 'net.rx_fails': 0 },
  });
});

test('a guest that says nothing of its memory, and one that has given some back', async () => {
  let guestMemory: VmStats['guestMemory'];
  await serveVmm({ getVmStats: () => ({ stats: { ...stats, guestMemory } }) });
  expect((await banger('vm stats web')).stdout).not.toContain('In the guest');
  guestMemory = { totalBytes: 512 * mib, availableBytes: 100 * mib, balloonBytes: 64 * mib };
  expect((await banger('vm stats web')).stdout).toContain('100 MiB of 512 MiB available, 64 MiB given back');
});

test('vm show has the hypervisor, its jail, the restarts and what the VM uses', async () => {
  await serveVmm({ getVm: () => ({ vm: running }), getVmStats: () => ({ stats }) });
  const { code, stdout } = await banger('vm show web');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Hypervisor +firecracker 1\.16\.1, kvm: KVM works here$/m);
  expect(stdout).toMatch(/^Jail +as user 20001$/m);
  expect(stdout).toMatch(/^Restart +on-failure; started again 2 times since the last start: its guest rebooted$/m);
  expect(stdout).toMatch(
    /^Use +processor 6%; memory 180 MiB; disk 24 MiB read, 3 MiB written; network 2 MiB in, 4 KiB out$/m,
  );
});

test('vm show does without the figures when they cannot be had, and does not ask for those of a VM that is down', async () => {
  let asked = 0;
  let vm = running;
  await serveVmm({
    getVm: () => ({ vm }),
    getVmStats: () => {
      asked++;
      throw new BangerError('unavailable', 'HYPERVISOR_UNRESPONSIVE', 'it hangs');
    },
  });
  const shown = await banger('vm show web');
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).not.toMatch(/^Use /m);
  expect(asked).toBe(1);
  vm = web;
  expect((await banger('vm show web')).stdout).toMatch(/^Restart +never$/m);
  expect(asked).toBe(1);
});
