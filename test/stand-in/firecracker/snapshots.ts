import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { opened, Refusal, within } from './calls.js';
import { type Configuration, commandLine, type Section } from './configuration.js';
import type { Machine } from './machine.js';

/** The load went wrong too late to try another one: the process ends once this is answered. */
export class FatalRefusal extends Refusal {}

/** What a state file holds. */
interface State {
  readonly version: string;
  readonly config: Configuration;
}

/** The version of the state format: files of another major number are refused. */
export function snapshotVersion(machine: Pick<Machine, 'knows'>): string {
  const formats = { '1.17': '11.0.0', '1.16': '10.0.0', '1.15': '9.0.0' };
  return Object.entries(formats).find(([since]) => machine.knows(since))?.[1] ?? '8.0.0';
}

/** Writes the state, and a file as large as the guest's memory, with nothing in it. */
export function createSnapshot(machine: Machine, paths: Readonly<Record<string, string>>): void {
  const refused = 'Create snapshot error: Cannot';
  if (machine.state !== 'Paused') {
    const why = 'Operation not allowed: save/restore unavailable while running';
    throw new Refusal(`${refused} save the microVM state: ${why}`);
  }
  const began = performance.now();
  const { snapshot_path = '', mem_file_path = '', snapshot_type } = paths;
  const state: State = { version: snapshotVersion(machine), config: machine.config };
  opened(`${refused} perform open on the snapshot backing file:`, () =>
    writeFileSync(snapshot_path, JSON.stringify(state)),
  );
  opened(`${refused} perform open on the memory backing file:`, () => {
    const file = openSync(mem_file_path, 'a+');
    ftruncateSync(file, machine.config.machine.mem_size_mib * 1024 * 1024);
    closeSync(file);
  });
  const kind = snapshot_type === 'Diff' ? 'diff_create_snapshot' : 'full_create_snapshot';
  machine.metrics.took(kind, (performance.now() - began) * 1000);
}

/** Becomes the machine of the snapshot, paused. */
export async function loadSnapshot(machine: Machine, body: Section): Promise<void> {
  if (machine.isTouched) {
    const why = 'Loading a microVM snapshot not allowed after configuring boot-specific resources.';
    throw new Refusal(`Load snapshot error: ${why}`);
  }
  try {
    await within('Load snapshot error: Failed to restore from snapshot', () => restore(machine, body));
  } catch (error) {
    throw error instanceof Refusal ? new FatalRefusal(error.message) : error;
  }
  if (body.resume_vm === true) machine.resume();
}

async function restore(machine: Machine, body: Section): Promise<void> {
  const state = readState(machine, String(body.snapshot_path));
  openMemory(body);
  const config = overridden(state.config, body);
  const place = 'Failed to build microVM from snapshot: Failed to restore devices: Error restoring MMIO devices';
  await within(place, () => takeResources(machine, config));
  machine.config = config;
  await machine.start(commandLine(config, machine.options.hasPci));
  machine.pause();
}

function readState(machine: Machine, path: string): State {
  const place = 'Failed to get snapshot state from file:';
  const text = opened(`${place} Failed to open snapshot file:`, () => readFileSync(path, 'utf8'));
  const state = JSON.parse(text) as State;
  if (state.version.split('.')[0] === snapshotVersion(machine).split('.')[0]) return state;
  throw new Refusal(`${place} Failed to load snapshot state from file: Invalid snapshot version: ${state.version}`);
}

function openMemory(body: Section): void {
  const backend = body.mem_backend as { backend_type: string; backend_path: string } | null | undefined;
  const place = 'Failed to load guest memory: Error creating guest memory from';
  if (backend?.backend_type === 'Uffd') throw new Refusal(`${place} uffd: the stand-in has no memory to hand over`);
  // Held open as long as the machine lives, as a mapping would be.
  opened(`${place} file: Failed to load guest memory:`, () =>
    openSync(backend?.backend_path ?? String(body.mem_file_path), 'r'),
  );
}

function overridden(config: Configuration, body: Section): Configuration {
  const taps = (body.network_overrides ?? []) as readonly { iface_id: string; host_dev_name: string }[];
  const vsock = body.vsock_override as { uds_path: string } | null | undefined;
  const interfaces = config.interfaces.map((net) => {
    const tap = taps.find(({ iface_id }) => iface_id === net.iface_id);
    return { ...net, host_dev_name: tap?.host_dev_name ?? net.host_dev_name };
  });
  const uds_path = vsock?.uds_path ?? config.vsock?.uds_path;
  return { ...config, interfaces, vsock: config.vsock && { ...config.vsock, uds_path: uds_path ?? '' } };
}

async function takeResources(machine: Machine, { drives, interfaces, vsock }: Configuration): Promise<void> {
  for (const drive of drives) machine.disks.openDrive(drive);
  for (const { iface_id, host_dev_name } of interfaces) await machine.attachTap(iface_id, host_dev_name);
  if (vsock) await within('VsockUnixBackend', () => machine.bindVsock(vsock.uds_path));
}
