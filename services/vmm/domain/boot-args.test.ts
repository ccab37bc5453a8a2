import { expect, test } from '@jest/globals';
import { bootArgs, probeArgs } from './boot-args.js';

const facts = {
  init: 'image',
  origin: { init: 'system' },
  network: { ipv4Address: '10.77.0.10', gateway: '10.77.0.1' },
  layerCount: 0,
} as const;

test.each([
  ['qemu', 'reboot=t'],
  ['firecracker', 'reboot=k i8042.noaux i8042.nomux i8042.dumbkbd random.trust_cpu=on swiotlb=noforce'],
] as const)('the command line under %s', (hypervisor, own) => {
  expect(bootArgs({ ...facts, hypervisor })).toBe(
    `console=ttyS0 ${own} panic=1 quiet banger.ip=10.77.0.10 banger.gw=10.77.0.1 banger.init=system`,
  );
  expect(probeArgs(hypervisor)).toBe(`console=ttyS0 ${own} panic=1 quiet banger.probe=1`);
});

test('an init that was asked for beats that of the image', () => {
  expect(bootArgs({ ...facts, hypervisor: 'qemu', init: 'light' })).toContain('banger.init=light');
});

test('a guest is told how many of its disks are layers', () => {
  expect(bootArgs({ ...facts, hypervisor: 'qemu', layerCount: 2 })).toMatch(/ banger\.layers=2$/);
});

test('a guest that has IPv6 is told its address and its gateway', () => {
  const network = { ...facts.network, ipv6: { address: 'fd00::a', gateway: 'fe80::1' } };
  expect(bootArgs({ ...facts, hypervisor: 'qemu', network })).toContain(' banger.ip6=fd00::a banger.gw6=fe80::1 ');
  expect(bootArgs({ ...facts, hypervisor: 'qemu' })).not.toContain('6=');
});
