import { delay } from '../../../../lib/clock.js';
import { readTextIfExists, removePath } from '../../../../lib/host/files.js';
import { goneWithin, isAlive, signalProcess, waitGone } from '../../../../lib/host/process.js';
import type { Log } from '../../../../lib/log.js';
import type { Keyboard, Machine, MachineEnd } from '../../app/ports.js';
import { hypervisorUnresponsive } from '../../domain/errors.js';
import { endFromWords } from '../../domain/restart.js';
import type { MachineStats } from '../../domain/stats.js';
import type { ProcessIdentity } from '../../domain/vm.js';
import type { ConsoleLogs } from '../console-logs.js';
import { logged } from '../logged.js';
import type { VmPaths } from '../vm-paths.js';
import { endOf, type Shutdown } from './ends.js';
import { ConsoleSocket } from './keyboard.js';
import { QmpClient } from './qmp.js';
import { QemuFigures } from './stats.js';

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
  /** The VM's, for messages. */
  readonly name: string;
  readonly process: ProcessIdentity;
  /** Connected, or undefined when QEMU did not answer; then the connection is tried again. */
  readonly qmp: QmpClient | undefined;
  readonly paths: VmPaths;
  readonly consoles: Pick<ConsoleLogs, 'kernelWords'>;
  readonly log: Log;
  /** Called once when the process is gone or let go. */
  readonly onRelease: () => void;
}

/** A QEMU process, followed by its QMP events: its end is told by the socket, not asked for. */
export class QemuMachine implements Machine {
  readonly kind = 'qemu';
  readonly uid: string;
  readonly process: ProcessIdentity;
  readonly ended: Promise<MachineEnd>;
  #qmp: QmpClient | undefined;
  #shutdown: Shutdown | undefined;
  #endedByUs = false;
  /** What it was told last; it is told again when it may not have heard that. */
  #wish: 'stop' | 'cont' | undefined;
  #released = false;
  readonly #console: ConsoleSocket;
  readonly #figures: QemuFigures;

  constructor(private readonly options: MachineOptions) {
    this.uid = options.uid;
    this.process = options.process;
    this.#qmp = options.qmp;
    this.#console = new ConsoleSocket(options.paths.consoleSocket(this.uid), options.name);
    this.#figures = new QemuFigures(this.process, options.paths.tapCounters(this.uid));
    this.ended = this.#follow();
  }

  async pressPowerButton(): Promise<void> {
    await this.#execute('system_powerdown', {}, 'press the power button');
  }

  async pause(): Promise<void> {
    this.#wish = 'stop';
    await this.#execute('stop', {}, 'pause the guest');
  }

  async resume(): Promise<void> {
    this.#wish = 'cont';
    await this.#execute('cont', {}, 'resume the guest');
  }

  stats(): Promise<MachineStats> {
    return this.#figures.read((command, args = {}) => this.#execute(command, args, 'read the figures'));
  }

  openKeyboard(): Promise<Keyboard> {
    return this.#console.open();
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
    this.#release();
  }

  #release(): void {
    this.#console.close();
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

  async #execute(command: string, args: object, what: string): Promise<unknown> {
    if (this.#qmp === undefined) throw hypervisorUnresponsive(`${what} of vm ${this.options.name}`, 'does not answer');
    return this.#qmp.execute(command, args);
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
    this.#release();
    const log = this.options.log.child({ uid: this.uid });
    await logged(log, 'clear up after a hypervisor', removePath(this.options.paths.runFolder(this.uid)));
    const unknown: MachineEnd = this.#endedByUs
      ? { cause: 'ended' }
      : { cause: 'crashed', detail: 'nothing tells why' };
    return (await logged(log, 'read the end of a hypervisor', this.#reason())) ?? unknown;
  }

  /** Until the connection is lost, or a while when there is none. */
  async #listen(): Promise<void> {
    if (this.#qmp === undefined) return delay(reconnectMs);
    this.#qmp.onEvent(({ event, data }) => {
      if (event === 'SHUTDOWN') this.#shutdown = data as Shutdown;
    });
    await this.#qmp.closed;
    this.#qmp = undefined;
    if (!this.#released) await goneWithin(this.process, closingMs);
  }

  async #reconnect(): Promise<QmpClient | undefined> {
    try {
      const qmp = await QmpClient.connect(this.options.paths.qmpSocket(this.uid));
      if (this.#wish)
        await logged(this.options.log, `tell a hypervisor again to ${this.#wish}`, qmp.execute(this.#wish));
      return qmp;
    } catch (err) {
      this.options.log.warn({ uid: this.uid, err }, 'the hypervisor does not answer');
      return undefined;
    }
  }

  async #reason(): Promise<MachineEnd> {
    const { paths, consoles } = this.options;
    return endOf({
      shutdown: this.#shutdown,
      endedByUs: this.#endedByUs,
      said: endFromWords(await consoles.kernelWords(this.uid)),
      lastWords: await lastWords(paths.hypervisorLog(this.uid)),
    });
  }
}

/** The end of what QEMU wrote, or what its silence means. */
export async function lastWords(logPath: string): Promise<string> {
  const text = (await readTextIfExists(logPath))?.trim() ?? '';
  if (text === '') return 'its process vanished without a word; it was killed, perhaps for lack of memory';
  return text.split('\n').slice(-5).join(' | ').slice(-shownLength);
}
