import type { LaunchPlan } from '../../app/ports.js';
import type { Acceleration } from '../../domain/vm.js';

export interface QemuPlaces {
  /** The QEMU program. */
  readonly program: string;
  readonly qmpSocket: string;
  readonly consoleSocket: string;
  readonly consoleLog: string;
}

/** Code that QEMU has translated is kept in this many MiB per VM: 128 boots fastest of 16 to 128, measured. */
const translationBufferMib = 128;

/**
 * The command line of a VM. q35 with PCI devices for both accelerations: it has the timers that a kernel under software
 * emulation needs to calibrate its clock, which the smaller microvm lacks.
 */
export function qemuArgs(plan: LaunchPlan, places: QemuPlaces): string[] {
  return [
    places.program,
    ...['-name', `guest=${plan.uid}`],
    // A guest that resets itself ends its process: what comes next is the restart policy's to say.
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-machine', 'q35', ...accelerationArgs[plan.acceleration]],
    ...['-smp', `${plan.cpuCount}`, '-m', `${plan.memoryMib}M`],
    ...['-kernel', plan.vmlinuxPath, '-initrd', plan.initrdPath, '-append', plan.commandLine],
    ...disk('base', plan.disks.base, { readOnly: true }),
    ...disk('overlay', plan.disks.overlay),
    ...(plan.disks.work === undefined ? [] : disk('work', plan.disks.work)),
    ...plan.disks.layers.flatMap((path, at) => disk(`layer${at}`, path, { readOnly: true })),
    ...['-netdev', `tap,id=net,ifname=${value(plan.network.tap)},script=no,downscript=no`],
    // No boot ROM: nothing boots from the network.
    ...['-device', `virtio-net-pci,netdev=net,mac=${plan.network.macAddress},romfile=`],
    ...['-device', 'virtio-rng-pci'],
    ...['-device', 'virtio-balloon-pci,id=balloon,free-page-reporting=on'],
    ...console(places),
    ...[
      '-chardev',
      `socket,id=qmp,path=${value(places.qmpSocket)},server=on,wait=off`,
      '-mon',
      'chardev=qmp,mode=control',
    ],
    ...sandbox,
  ];
}

/** The smallest machine that shows whether a kernel comes up: no disks, no network, the console on standard output. */
export function trialArgs(program: string, vmlinuxPath: string, initrdPath: string, commandLine: string): string[] {
  return [
    program,
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-machine', 'q35', ...accelerationArgs.kvm, '-m', '128M'],
    ...['-kernel', vmlinuxPath, '-initrd', initrdPath, '-append', commandLine],
    ...['-serial', 'stdio'],
    ...sandbox,
  ];
}

/** The VM that a QEMU process of ours runs, or undefined when its sockets are not in our run directory. */
export function uidOfArgs(argv: readonly string[], qmpSocketOf: (uid: string) => string): string | undefined {
  const uid = argv[argv.indexOf('-name') + 1]?.match(/^guest=([0-9a-f]{16})$/)?.[1];
  if (uid === undefined) return undefined;
  const mark = `socket,id=qmp,path=${value(qmpSocketOf(uid))},`;
  return argv.some((arg) => arg.startsWith(mark)) ? uid : undefined;
}

/** The tap of a QEMU process of ours; empty when there is none. */
export function tapOfArgs(argv: readonly string[]): string {
  const name = argv[argv.indexOf('-netdev') + 1]?.match(/^tap,id=net,ifname=(.*),script=no/)?.[1] ?? '';
  return name.replaceAll(',,', ',');
}

const accelerationArgs: Readonly<Record<Acceleration, readonly string[]>> = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  tcg: ['-accel', `tcg,thread=multi,tb-size=${translationBufferMib}`, '-cpu', 'max'],
};

/** QEMU gives up, once it runs, what a guest that breaks out of it would want: new programs, rights, priorities. */
const sandbox = ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'];

function disk(id: string, path: string, options: { readOnly?: true } = {}): string[] {
  const file = `driver=raw,node-name=${id},file.driver=file,file.filename=${value(path)}`;
  // What the guest trims is given back to the host: the files are sparse.
  const access = options.readOnly ? 'read-only=on' : 'discard=unmap,detect-zeroes=unmap';
  return ['-blockdev', `${file},${access}`, '-device', `virtio-blk-pci,drive=${id},id=disk-${id}`];
}

function console(places: QemuPlaces): string[] {
  const socket = `socket,id=console,path=${value(places.consoleSocket)},server=on,wait=off`;
  return ['-chardev', `${socket},logfile=${value(places.consoleLog)},logappend=on`, '-serial', 'chardev:console'];
}

/** In QEMU's option lists a comma ends a value unless it is doubled. */
function value(text: string): string {
  return text.replaceAll(',', ',,');
}
