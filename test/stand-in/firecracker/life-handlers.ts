import { opened, Refusal, within } from './calls.js';
import { type BootSource, commandLine, configurationView, type Section } from './configuration.js';
import type { Handlers } from './handlers.js';
import type { Machine } from './machine.js';
import { createSnapshot, loadSnapshot } from './snapshots.js';

/** What the machine says of itself, its outputs, and its life from the kernel to the last key. */
export function lifeHandlers(machine: Machine): Handlers {
  const { options, settings } = machine;
  return {
    'GET /': () => ({
      id: options.id,
      state: machine.state,
      vmm_version: settings.version,
      app_name: 'Firecracker',
    }),
    'GET /version': () => ({ firecracker_version: settings.version }),
    'GET /vm/config': () => configurationView(machine.config, machine.knows('1.16')),
    'PUT /logger': ({ body }) => putLogger(machine, body),
    'PUT /metrics': ({ body }) => putMetrics(machine, String(body.metrics_path)),
    'PUT /serial': ({ body }) => {
      machine.serialPath = (body.serial_out_path as string | null | undefined) ?? undefined;
    },
    'PUT /cpu-config': () => undefined,
    'PUT /boot-source': ({ body }) => putBootSource(machine, body as unknown as BootSource),
    'PUT /actions': ({ body }) => act(machine, String(body.action_type)),
    'PATCH /vm': ({ body }) => (body.state === 'Paused' ? machine.pause() : machine.resume()),
    'PUT /snapshot/create': ({ body }) => createSnapshot(machine, body as Record<string, string>),
    'PUT /snapshot/load': ({ body }) => loadSnapshot(machine, body),
  };
}

function putLogger(machine: Machine, body: Section): void {
  const place = 'Logger error: Cannot initialize the logging system due to bad user input: Failed to open target file:';
  opened(place, () => machine.log.configure(body));
}

function putMetrics(machine: Machine, path: string): void {
  const place = 'Metrics error: Cannot initialize the metrics system due to bad user input:';
  if (machine.metrics.isOpen) throw new Refusal(`${place} Reinitialization of metrics not allowed.`);
  opened(`${place} Failed to open target file:`, () => machine.metrics.open(path));
}

/** Bytes, with the zero at the end. */
const commandLineCapacity = 2048;

function putBootSource(machine: Machine, boot: BootSource): Promise<void> {
  return within('Boot source error', () => {
    const refused = (why: string) => new Refusal(`The kernel command line is invalid: ${why}`);
    const args = boot.boot_args ?? '';
    if (args.length >= commandLineCapacity) throw refused('Invalid cmdline capacity provided.');
    if (/[^ -~]/.test(args)) throw refused('String contains a non-printable ASCII character.');
    machine.disks.openKernel(boot.kernel_image_path);
    if (boot.initrd_path) machine.disks.openInitrd(boot.initrd_path);
    machine.config = { ...machine.config, boot };
  });
}

async function act(machine: Machine, action: string): Promise<void> {
  if (action === 'FlushMetrics') machine.flushMetrics();
  else if (action === 'SendCtrlAltDel') machine.guest?.ctrlAltDel();
  else await start(machine);
}

async function start(machine: Machine): Promise<void> {
  checkKernel(machine);
  const line = commandLine(machine.config, machine.options.hasPci);
  if (line.length >= commandLineCapacity) {
    throw new Refusal('Start microvm error: Kernel command line error: Invalid cmdline capacity provided.');
  }
  await machine.start(line);
  machine.guest?.boot();
}

function checkKernel(machine: Machine): void {
  const head = machine.disks.kernelHead();
  if (!head) throw new Refusal('Start microvm error: Cannot start microvm without kernel configuration.');
  if (head.toString('latin1', 0, 4) === '\x7fELF') return;
  const takesBzImage = machine.knows('1.17');
  // The mark of a bzImage, at its place: the boot protocol of the kernel.
  if (takesBzImage && head.toString('latin1', 0x202, 0x206) === 'HdrS') return;
  const place = 'Cannot load kernel due to invalid memory configuration or invalid kernel image';
  const [format, fault] = takesBzImage ? ['bzImage', 'Invalid bzImage'] : ['ELF', 'Invalid Elf magic number'];
  const why = `Kernel Loader: failed to load ${format} kernel image: Kernel Loader: ${fault}`;
  throw new Refusal(`Start microvm error: System configuration error: ${place}: ${why}`);
}
