import { expect, test } from '@jest/globals';
import type { LaunchPlan } from '../../app/ports.js';
import { qemuArgs, tapOfArgs, trialArgs, uidOfArgs } from './args.js';

const uid = '00112233445566aa';
const plan: LaunchPlan = {
  uid,
  name: 'web',
  cpuCount: 2,
  memoryMib: 512,
  hypervisor: 'qemu',
  acceleration: 'tcg',
  vmlinuxPath: '/objects/k/vmlinux',
  initrdPath: '/objects/k/initrd',
  commandLine: 'console=ttyS0 banger.ip=10.77.0.10',
  disks: { base: '/objects/i/rootfs.ext4', overlay: '/vms/overlay.ext4', layers: [] },
  network: { tap: 'bgr0', macAddress: '52:54:00:77:00:0a' },
};
const socketOf = (run: string) => (each: string) => `${run}/vms/${each}/qmp.sock`;
const places = (run = '/run/banger') => ({
  program: '/usr/bin/qemu-system-x86_64',
  qmpSocket: socketOf(run)(uid),
  consoleSocket: `${run}/vms/${uid}/console.sock`,
  consoleLog: '/vms/console.log',
});

test('layers are disks behind all others, which nobody can write', () => {
  const words = qemuArgs(
    { ...plan, disks: { ...plan.disks, work: '/vms/work.ext4', layers: ['/low', '/high'] } },
    places(),
  );
  const disks = words
    .filter((word) => word.startsWith('driver=raw'))
    .map((word) => word.match(/filename=([^,]*),(.*)$/));
  expect(disks.map((match) => match?.[1])).toEqual([
    plan.disks.base,
    plan.disks.overlay,
    '/vms/work.ext4',
    '/low',
    '/high',
  ]);
  expect(disks.slice(-2).map((match) => match?.[2])).toEqual(['read-only=on', 'read-only=on']);
});

test('the whole command line', () => {
  const words = qemuArgs({ ...plan, disks: { ...plan.disks, work: '/vms/work.ext4' } }, places());
  const lines = words.map((word) => (word.startsWith('-') ? `\n${word}` : ` ${word}`)).join('');
  expect(lines).toBe(` /usr/bin/qemu-system-x86_64
-name guest=00112233445566aa
-nodefaults
-no-user-config
-display none
-no-reboot
-machine q35
-accel tcg,thread=multi,tb-size=128
-cpu max
-smp 2
-m 512M
-kernel /objects/k/vmlinux
-initrd /objects/k/initrd
-append console=ttyS0 banger.ip=10.77.0.10
-blockdev driver=raw,node-name=base,file.driver=file,file.filename=/objects/i/rootfs.ext4,read-only=on
-device virtio-blk-pci,drive=base,id=disk-base
-blockdev driver=raw,node-name=overlay,file.driver=file,file.filename=/vms/overlay.ext4,discard=unmap,detect-zeroes=unmap
-device virtio-blk-pci,drive=overlay,id=disk-overlay
-blockdev driver=raw,node-name=work,file.driver=file,file.filename=/vms/work.ext4,discard=unmap,detect-zeroes=unmap
-device virtio-blk-pci,drive=work,id=disk-work
-netdev tap,id=net,ifname=bgr0,script=no,downscript=no
-device virtio-net-pci,netdev=net,mac=52:54:00:77:00:0a,romfile=
-device virtio-rng-pci
-device virtio-balloon-pci,id=balloon,free-page-reporting=on
-chardev socket,id=console,path=/run/banger/vms/00112233445566aa/console.sock,server=on,wait=off,logfile=/vms/console.log,logappend=on
-serial chardev:console
-chardev socket,id=qmp,path=/run/banger/vms/00112233445566aa/qmp.sock,server=on,wait=off
-mon chardev=qmp,mode=control
-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny`);
});

test('KVM passes the host’s processor on', () => {
  const words = qemuArgs({ ...plan, acceleration: 'kvm' }, places());
  expect(words.join(' ')).toContain('-machine q35 -accel kvm -cpu host');
});

test('without a work disk there is no third one', () => {
  expect(qemuArgs(plan, places()).filter((word) => word === '-blockdev')).toHaveLength(2);
});

test('a comma in a path does not end the value', () => {
  const words = qemuArgs({ ...plan, disks: { ...plan.disks, overlay: '/a,readonly=on/o' } }, places());
  expect(words.join(' ')).toContain('file.filename=/a,,readonly=on/o,discard');
});

test('a process of ours is known by its arguments', () => {
  expect(uidOfArgs(qemuArgs(plan, places()), socketOf('/run/banger'))).toBe(uid);
  expect(uidOfArgs(qemuArgs(plan, places('/a,b')), socketOf('/a,b'))).toBe(uid);
});

test('its tap is told by them too', () => {
  expect(tapOfArgs(qemuArgs(plan, places()))).toBe('bgr0');
  expect(tapOfArgs(qemuArgs({ ...plan, network: { ...plan.network, tap: 'a,b' } }, places()))).toBe('a,b');
  expect(tapOfArgs([])).toBe('');
});

test.each([
  ['of another run directory', qemuArgs(plan, places('/run/other'))],
  ['of somebody else', ['qemu-system-x86_64', '-name', 'guest=debian', '-m', '512M']],
  ['that only mentions us', ['grep', socketOf('/run/banger')(uid)]],
  ['without arguments', []],
])('a process %s is not', (_what, argv) => {
  expect(uidOfArgs(argv, socketOf('/run/banger'))).toBeUndefined();
});

test('a trial has nothing that could be left behind', () => {
  const words = trialArgs('qemu', '/vmlinux', '/initrd', 'banger.probe=1').join(' ');
  expect(words).toContain('-accel kvm -cpu host');
  expect(words).toContain('-no-reboot');
  expect(words).not.toMatch(/-(blockdev|netdev|chardev)/);
});
