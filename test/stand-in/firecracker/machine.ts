import type { StandInSettings } from '../settings.js';
import { Refusal, within } from './calls.js';
import { type Configuration, emptyConfiguration } from './configuration.js';
import { Disks } from './disks.js';
import { Guest, type GuestEnd } from './guest.js';
import { Log } from './journal.js';
import { Metrics } from './metrics.js';
import { reaches } from './table.js';
import { type Tap, Taps } from './taps.js';
import { Vsock } from './vsock.js';

export interface MachineOptions {
  readonly id: string;
  readonly hasPci: boolean;
  readonly mmdsLimit: number;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/** One machine: how it is configured, what of the host it holds, and its guest once there is one. */
export class Machine {
  state: 'Not started' | 'Running' | 'Paused' = 'Not started';
  config: Configuration = emptyConfiguration;
  /** Whether something was configured that forbids the load of a snapshot. */
  isTouched = false;
  serialPath: string | undefined;
  guest: Guest | undefined;
  readonly log: Log;
  readonly metrics = new Metrics();
  readonly disks = new Disks();
  readonly #taps: Taps;
  readonly #attached = new Map<string, Tap>();
  #vsock: Vsock | undefined;

  constructor(
    readonly settings: StandInSettings,
    readonly options: MachineOptions,
  ) {
    this.log = new Log(options.id);
    this.#taps = new Taps(settings);
  }

  get isStarted(): boolean {
    return this.state !== 'Not started';
  }

  knows(since: string): boolean {
    return reaches(this.settings.version, since);
  }

  /** A second tap takes the place of the interface's first. */
  async attachTap(id: string, name: string): Promise<void> {
    await this.releaseTap(id);
    this.#attached.set(id, await this.#taps.attach(name));
  }

  async releaseTap(id: string): Promise<void> {
    await this.#attached.get(id)?.release();
    this.#attached.delete(id);
  }

  async bindVsock(path: string): Promise<void> {
    this.#vsock?.remove();
    this.#vsock = undefined;
    const { vsockPorts } = this.settings.guest;
    this.#vsock = await Vsock.bind(path, (port) => this.state === 'Running' && vsockPorts.includes(port));
  }

  /** From here on there is a guest. It boots, unless it comes from a snapshot. */
  async start(commandLine: string): Promise<void> {
    const { settings, metrics, serialPath } = this;
    const create = () => new Guest(commandLine, serialPath, settings.guest, metrics, (end) => this.#ended(end));
    this.guest = await within('Start microvm error', create);
    this.state = 'Running';
  }

  pause(): void {
    this.state = 'Paused';
    this.guest?.pause();
  }

  resume(): void {
    this.state = 'Running';
    this.guest?.resume();
  }

  flushMetrics(): void {
    const drives = this.isStarted ? this.config.drives.map(({ drive_id }) => drive_id) : [];
    const interfaces = this.isStarted ? this.config.interfaces.map(({ iface_id }) => iface_id) : [];
    this.metrics.flush(drives, interfaces, this.log.missed);
    this.log.missed = 0;
  }

  /** The code for a triple fault says so only since 1.15. */
  #ended(end: GuestEnd): void {
    this.log.write('Vmm is stopping.');
    this.options.exit(end === 'triple fault' && this.knows('1.15') ? 1 : 0);
  }
}

/** A device that is asked for is not there. */
export const deviceNotFound = () => new Refusal('Failed perform action on device: Device not found');
