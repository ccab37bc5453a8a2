import { Refusal } from './calls.js';
import type { Balloon, Hotplug, MachineSize } from './configuration.js';
import type { Handlers } from './handlers.js';
import { deviceNotFound, type Machine } from './machine.js';

/** The machine's size, and what changes it while it runs. */
export function memoryHandlers(machine: Machine): Handlers {
  return {
    'GET /machine-config': () => machine.config.machine,
    'PUT /machine-config': ({ body }) => resize(machine, body as unknown as MachineSize),
    'PATCH /machine-config': ({ body }) => resize(machine, { ...machine.config.machine, ...given(body) }),
    'GET /balloon': () => balloonOf(machine, 'Balloon config error'),
    'PUT /balloon': ({ body }) => putBalloon(machine, body as unknown as Balloon),
    'PATCH /balloon': ({ body }) => inflate(machine, Number(body.amount_mib)),
    'GET /balloon/statistics': () => statistics(machine),
    'PATCH /balloon/statistics': ({ body }) => pollEvery(machine, Number(body.stats_polling_interval_s)),
    'PATCH /balloon/hinting/start': () => void drivenBalloon(machine),
    'GET /balloon/hinting/status': () => hintingStatus(machine),
    'PATCH /balloon/hinting/stop': () => void drivenBalloon(machine),
    'PUT /hotplug/memory': ({ body }) => putHotplug(machine, body as unknown as Hotplug),
    'PATCH /hotplug/memory': ({ body }) => plug(machine, Number(body.requested_size_mib)),
    'GET /hotplug/memory': () => hotplugView(machine),
  };
}

function given(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

function resize(machine: Machine, size: MachineSize): void {
  const { vcpu_count, mem_size_mib, smt, huge_pages } = size;
  const refused = (why: string) => new Refusal(`Machine config error: ${why}`);
  if (vcpu_count < 1 || vcpu_count > 32 || (smt && vcpu_count > 1 && vcpu_count % 2 === 1)) {
    const rule = 'greater than 0, less than 32 and must be 1 or an even number if SMT is enabled';
    throw refused(`The number of vCPUs must be ${rule}.`);
  }
  if (mem_size_mib === 0 || (huge_pages !== 'None' && mem_size_mib % 2 === 1)) {
    throw refused('The memory size (MiB) is either 0, or not a multiple of the configured page size.');
  }
  if (mem_size_mib < (machine.config.balloon?.amount_mib ?? 0)) {
    throw refused('The memory size (MiB) is smaller than the previously set balloon device target size.');
  }
  machine.config = { ...machine.config, machine: size };
}

function balloonOf(machine: Machine, place: string): Balloon {
  if (!machine.config.balloon) throw new Refusal(`${place}: ${deviceNotFound().message}`);
  return machine.config.balloon;
}

function putBalloon(machine: Machine, balloon: Balloon): void {
  if (balloon.amount_mib > machine.config.machine.mem_size_mib) {
    throw new Refusal('Balloon config error: Amount of pages requested is too large.');
  }
  machine.config = { ...machine.config, balloon };
}

/** The balloon of a guest whose driver is up. */
function drivenBalloon(machine: Machine): Balloon {
  const balloon = balloonOf(machine, 'Balloon update error');
  if (!machine.settings.guest.hasBalloonDriver) {
    throw new Refusal('Balloon update error: Balloon: Device not activated yet.');
  }
  return balloon;
}

function hintingStatus(machine: Machine): object {
  drivenBalloon(machine);
  return { host_cmd: 0, guest_cmd: null };
}

function inflate(machine: Machine, amount_mib: number): void {
  const balloon = drivenBalloon(machine);
  if (amount_mib > machine.config.machine.mem_size_mib) {
    throw new Refusal('Balloon update error: Balloon: Amount of pages requested is too large.');
  }
  machine.config = { ...machine.config, balloon: { ...balloon, amount_mib } };
}

/** What the host knows, and what the driver tells of the guest. */
function statistics(machine: Machine): object {
  const { amount_mib, stats_polling_interval_s } = balloonOf(machine, 'Balloon stats error');
  if (stats_polling_interval_s === 0) {
    throw new Refusal('Balloon stats error: Balloon: Device error: stats query when stats are disabled');
  }
  const isDriven = machine.settings.guest.hasBalloonDriver;
  const actual_mib = isDriven ? amount_mib : 0;
  const target = { target_pages: amount_mib * 256, target_mib: amount_mib };
  const host = { ...target, actual_pages: actual_mib * 256, actual_mib };
  const total_memory = machine.config.machine.mem_size_mib * 1024 * 1024;
  const free_memory = total_memory / 2;
  return isDriven ? { ...host, total_memory, free_memory, available_memory: free_memory, disk_caches: 0 } : host;
}

function pollEvery(machine: Machine, stats_polling_interval_s: number): void {
  const balloon = balloonOf(machine, 'Balloon update error');
  if ((stats_polling_interval_s === 0) !== (balloon.stats_polling_interval_s === 0)) {
    throw new Refusal('Balloon update error: Balloon: Statistics cannot be enabled/disabled after activation.');
  }
  machine.config = { ...machine.config, balloon: { ...balloon, stats_polling_interval_s } };
}

function putHotplug(machine: Machine, sizes: Hotplug): void {
  const { total_size_mib: total, block_size_mib: block, slot_size_mib: slot } = sizes;
  const refused = (why: string) => new Refusal(`Memory hotplug config error: ${why}`);
  if (block < 2 || (block & (block - 1)) !== 0) throw refused('Block size must be a power of 2, of 2 MiB or more');
  if (slot < 128) throw refused('Slot size must not be lower than 128 MiB');
  if (slot % block !== 0) throw refused(`Slot size must be a multiple of block size (${block} MiB)`);
  if (total < slot) throw refused(`Total size must not be lower than slot size (${slot} MiB)`);
  if (total % slot !== 0) throw refused(`Total size must be a multiple of slot size (${slot} MiB)`);
  machine.config = { ...machine.config, hotplug: { ...sizes, requested_size_mib: 0 } };
}

function plug(machine: Machine, requested_size_mib: number): void {
  const { hotplug } = machine.config;
  const refused = (why: string) => new Refusal(`Memory hotplug update error: ${why}`);
  if (!hotplug) throw refused(deviceNotFound().message);
  if (requested_size_mib > hotplug.total_size_mib || requested_size_mib % hotplug.block_size_mib !== 0) {
    throw refused('Requested size is not a multiple of the block size, or above the total size');
  }
  machine.config = { ...machine.config, hotplug: { ...hotplug, requested_size_mib } };
}

function hotplugView({ config: { hotplug } }: Machine): object {
  if (!hotplug) throw new Refusal(`Internal VMM error: ${deviceNotFound().message}`);
  return { ...hotplug, plugged_size_mib: hotplug.requested_size_mib };
}
