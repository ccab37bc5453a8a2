import { delay } from '../../../lib/clock.js';
import { readTextIfExists, removePath } from '../../../lib/host/files.js';
import { goneWithin, isAlive, signalProcess, waitGone } from '../../../lib/host/process.js';
import type { Log } from '../../../lib/log.js';
import type { Machine, MachineEnd } from '../app/ports.js';
import { hypervisorUnresponsive } from '../domain/errors.js';
import type { ProcessIdentity } from '../domain/vm.js';
import { QmpClient } from './qmp.js';
import type { VmPaths } from './vm-paths.js';

/** What becomes of a QEMU that is told to quit: it flushes its disks and goes. After this it is killed. */
const quitMs = 2_000;
/** The kernel may take a while to end a process that waits for a disk. */
const killMs = 30_000;
/** Between the loss of a QMP connection and the end of the process lie moments. */
const closingMs = 1_000;
const reconnectMs = 1_000;
/** What an error shows of QEMU's log: a gRPC error has room for a few thousand bytes. */
const shownLength = 800;

export interface MachineOptions {
  readonly uid: string;
  readonly process: ProcessIdentity;
  /** Connected, or undefined when QEMU did not answer; then the connection is tried again. */
  readonly qmp: QmpClient | undefined;
  readonly paths: VmPaths;
  readonly log: Log;
  /** Called once when the process is gone or let go. */
  readonly onRelease: () => void;
}

/** A QEMU process, followed by its QMP events: its end is told by the socket, not asked for. */
export class QemuMachine implements Machine {
  readonly uid: string;
  readonly process: ProcessIdentity;
  readonly ended: Promise<MachineEnd>;
  #qmp: QmpClient | undefined;
  #shutdown: { guest?: boolean; reason?: string } | undefined;
  #endedByUs = false;
  #released = false;

  constructor(private readonly options: MachineOptions) {
    this.uid = options.uid;
    this.process = options.process;
    this.#qmp = options.qmp;
    this.ended = this.#follow();
  }

  async pressPowerButton(): Promise<void> {
    await this.#execute('system_powerdown', {}, 'press the power button');
  }

  async resizeWorkDisk(bytes: number): Promise<void> {
    await this.#execute('block_resize', { 'node-name': 'work', size: bytes }, 'resize the work disk');
  }

  async end(): Promise<void> {
    this.#endedByUs = true;
    const obeys = (await this.#quits()) && (await goneWithin(this.process, quitMs));
    if (!obeys) {
      signalProcess(this.process, 'SIGKILL');
      await waitGone(this.process, killMs);
    }
    await this.ended;
  }

  letGo(): void {
    this.#released = true;
    this.#qmp?.close();
    this.options.onRelease();
  }

  /** Whether QEMU said that it will, or is gone before it could: one that hangs says nothing. */
  async #quits(): Promise<boolean> {
    if (this.#qmp === undefined) return false;
    return this.#qmp.execute('quit', {}, quitMs).then(
      () => true,
      () => !isAlive(this.process),
    );
  }

  async #execute(command: string, args: object, what: string): Promise<void> {
    if (this.#qmp === undefined) throw hypervisorUnresponsive(`${what} of vm ${this.uid}`, 'does not answer');
    await this.#qmp.execute(command, args);
  }

  /** Never settles once the machine was let go. */
  async #follow(): Promise<MachineEnd> {
    while (isAlive(this.process)) {
      this.#qmp ??= await this.#reconnect();
      // Let go while it was made: QEMU speaks to one client at a time.
      if (this.#released) this.#qmp?.close();
      await this.#listen();
      if (this.#released) return new Promise(() => undefined);
    }
    this.options.onRelease();
    await removePath(this.options.paths.runFolder(this.uid));
    return this.#reason();
  }

  /** Until the connection is lost, or a while when there is none. */
  async #listen(): Promise<void> {
    if (this.#qmp === undefined) return delay(reconnectMs);
    this.#qmp.onEvent(({ event, data }) => {
      if (event === 'SHUTDOWN') this.#shutdown = data;
    });
    await this.#qmp.closed;
    this.#qmp = undefined;
    if (!this.#released) await goneWithin(this.process, closingMs);
  }

  async #reconnect(): Promise<QmpClient | undefined> {
    return QmpClient.connect(this.options.paths.qmpSocket(this.uid)).catch((err) => {
      this.options.log.warn({ uid: this.uid, err }, 'the hypervisor does not answer');
      return undefined;
    });
  }

  async #reason(): Promise<MachineEnd> {
    if (this.#shutdown?.guest) return { cause: 'powered-off' };
    if (this.#endedByUs) return { cause: 'ended' };
    if (this.#shutdown) return { cause: 'crashed', detail: `something else ended it (${this.#shutdown.reason})` };
    return { cause: 'crashed', detail: await lastWords(this.options.paths.hypervisorLog(this.uid)) };
  }
}

/** The end of what QEMU wrote, or what its silence means. */
export async function lastWords(logPath: string): Promise<string> {
  const text = (await readTextIfExists(logPath))?.trim() ?? '';
  if (text === '') return 'its process vanished without a word; it was killed, perhaps for lack of memory';
  return text.split('\n').slice(-5).join(' | ').slice(-shownLength);
}
