import { delay } from '../../../../lib/clock.js';
import { goneWithin, isAlive, signalProcess, waitGone } from '../../../../lib/host/process.js';
import type { ProcessExit } from '../../../../lib/host/spawn.js';
import type { Log } from '../../../../lib/log.js';
import type { Keyboard, Machine, MachineEnd } from '../../app/ports.js';
import { hypervisorUnresponsive } from '../../domain/errors.js';
import { endFromWords } from '../../domain/restart.js';
import type { MachineStats } from '../../domain/stats.js';
import type { ProcessIdentity } from '../../domain/vm.js';
import type { ConsoleLogs } from '../console-logs.js';
import { logged } from '../logged.js';
import type { VmPaths } from '../vm-paths.js';
import type { Answer, ApiRequest, Query } from './api.js';
import { FirecrackerClient } from './client.js';
import { endFromExit, exitCodeFromLog, exitReason } from './exits.js';
import type { Home } from './home.js';
import { openPipeKeyboard } from './keyboard.js';
import { boundLog, logTail } from './logs.js';
import type { MetricsFile } from './metrics-file.js';
import { PowerOffWatch } from './power-off-watch.js';
import { machineStats } from './stats.js';

/** The kernel may take a while to end a process that waits for a disk. */
const killMs = 30_000;
/** Between the loss of the connection and the end of the process lie moments. */
const closingMs = 1_000;
const reconnectMs = 1_000;

/** Nothing tells why it ended. */
const vanished: MachineEnd = { cause: 'crashed', detail: exitReason({}) };

type GuestState = 'Running' | 'Paused';

/** What brings a guest into a state; a repeat is harmless. */
const bring = {
  Running: { call: 'PATCH /vm', body: { state: 'Resumed' } },
  Paused: { call: 'PATCH /vm', body: { state: 'Paused' } },
} as const satisfies Record<GuestState, ApiRequest>;

export interface MachineOptions {
  readonly uid: string;
  /** The VM's, for messages. */
  readonly name: string;
  readonly process: ProcessIdentity;
  readonly home: Home;
  /** Connected, or undefined when Firecracker did not answer; then the connection is tried again. */
  readonly client?: FirecrackerClient;
  /** How the process ends, known to who started it only. */
  readonly exited?: Promise<ProcessExit>;
  readonly metrics: MetricsFile;
  readonly paths: VmPaths;
  readonly consoles: ConsoleLogs;
  readonly log: Log;
}

/**
 * A Firecracker process, followed by its API connection, whose loss tells its end, and by its console: a guest that
 * powers off leaves the process alive on x86, and only the kernel's last words say that it is over.
 */
export class FirecrackerMachine implements Machine {
  readonly kind = 'firecracker';
  readonly uid: string;
  readonly process: ProcessIdentity;
  readonly ended: Promise<MachineEnd>;
  #client: FirecrackerClient | undefined;
  #endedByUs = false;
  #poweredOff = false;
  #released = false;
  /** What the guest was told last; it is told again when it may not have heard that. */
  #wish: GuestState | undefined;
  /** Its launch was cut off, and nobody will go on with it. */
  #neverStarted = false;
  #isSilent = false;
  readonly #watchers: { close(): void }[] = [];

  constructor(private readonly options: MachineOptions) {
    this.uid = options.uid;
    this.process = options.process;
    this.#client = options.client;
    this.ended = this.#follow();
  }

  /** Types Ctrl-Alt-Del, all that Firecracker has: most systems reboot on it, which ends the process. */
  async pressPowerButton(): Promise<void> {
    await this.#send({ call: 'PUT /actions', body: { action_type: 'SendCtrlAltDel' } }, 'press Ctrl-Alt-Del in');
  }

  async pause(): Promise<void> {
    this.#wish = 'Paused';
    await this.#send(bring.Paused, 'pause');
  }

  async resume(): Promise<void> {
    this.#wish = 'Running';
    await this.#send(bring.Running, 'resume');
  }

  /** Firecracker reads the size of the file again when it is told the same path. */
  async resizeWorkDisk(): Promise<void> {
    const config = await this.#get('GET /vm/config', 'read the disks of');
    const path = config.drives.find((drive) => drive.drive_id === 'work')?.path_on_host;
    if (path === undefined)
      throw hypervisorUnresponsive(`resize the work disk of vm ${this.options.name}`, 'knows no such disk');
    const body = { drive_id: 'work', path_on_host: path };
    await this.#send({ call: 'PATCH /drives/{drive_id}', body }, 'resize the work disk of');
  }

  async stats(): Promise<MachineStats> {
    // The next regular line may be a minute away.
    await this.#send({ call: 'PUT /actions', body: { action_type: 'FlushMetrics' } }, 'read the figures of');
    const balloon = await this.#get('GET /balloon/statistics', 'read the memory of');
    return machineStats(this.process, balloon, await this.options.metrics.read());
  }

  openKeyboard(): Promise<Keyboard> {
    return openPipeKeyboard(this.options.paths.keyboard(this.uid), this.options.name);
  }

  async end(): Promise<void> {
    this.#endedByUs = true;
    await this.#kill();
    await this.ended;
  }

  letGo(): void {
    this.#released = true;
    this.#release();
  }

  #release(): void {
    this.#client?.close();
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  async #kill(): Promise<void> {
    // SIGTERM would be no gentler: Firecracker does not handle it.
    signalProcess(this.process, 'SIGKILL');
    await waitGone(this.process, killMs);
  }

  async #send(request: ApiRequest, what: string): Promise<void> {
    await this.#connected(what).send(request, `${what} vm ${this.options.name}`);
  }

  #get<Q extends Query>(call: Q, what: string): Promise<Answer<Q>> {
    return this.#connected(what).get(call, `${what} vm ${this.options.name}`);
  }

  #connected(what: string): FirecrackerClient {
    if (this.#client === undefined) throw hypervisorUnresponsive(`${what} vm ${this.options.name}`, 'does not answer');
    return this.#client;
  }

  /** Never settles once the machine was let go. */
  async #follow(): Promise<MachineEnd> {
    await this.#watch();
    while (!this.#released && isAlive(this.process)) {
      this.#client ??= await this.#reconnect();
      await this.#listen();
    }
    this.#release();
    if (this.#released) return new Promise(() => undefined);
    await logged(this.#log, 'clear up after a hypervisor', this.options.home.clear());
    return (await logged(this.#log, 'read the end of a hypervisor', this.#reason())) ?? vanished;
  }

  async #watch(): Promise<void> {
    const { uid, consoles, metrics, paths, log } = this.options;
    const onPowerOff = () => this.#onPowerOff();
    const watches = [
      PowerOffWatch.start({ uid, consoles, log, onPowerOff }),
      metrics.bound(),
      boundLog(paths, uid, log),
    ];
    const watchers = await Promise.all(
      watches.map((watch) => logged(this.#log, 'watch a file of a hypervisor', watch)),
    );
    this.#watchers.push(...watchers.filter((watcher) => watcher !== undefined));
    if (this.#released) this.#release();
  }

  /** Until the connection is lost, or a while when there is none. */
  async #listen(): Promise<void> {
    if (this.#client === undefined) return delay(reconnectMs);
    await this.#client.closed;
    this.#client = undefined;
    if (!this.#released) await goneWithin(this.process, closingMs);
  }

  async #reconnect(): Promise<FirecrackerClient | undefined> {
    const client = new FirecrackerClient(this.options.home.apiSocket, this.options.name);
    try {
      const state = await client.state(this.uid);
      this.#isSilent = false;
      if (state === 'Not started') await this.#giveUp();
      else if (this.#wish && state !== this.#wish)
        await client.send(bring[this.#wish], `reach vm ${this.options.name}`);
      return client;
    } catch (err) {
      client.close();
      // It is asked every second: once is enough to know.
      if (!this.#isSilent) this.#log.warn({ err }, 'the hypervisor does not answer');
      this.#isSilent = true;
      return undefined;
    }
  }

  async #giveUp(): Promise<void> {
    this.#neverStarted = true;
    await this.#kill();
  }

  async #onPowerOff(): Promise<void> {
    this.#poweredOff = true;
    await this.#kill();
  }

  async #reason(): Promise<MachineEnd> {
    const words = endFromWords(await this.options.consoles.kernelWords(this.uid));
    if (words !== undefined && (words.cause !== 'powered-off' || this.#poweredOff)) return words;
    if (this.#endedByUs) return { cause: 'ended' };
    // As after a reboot, the VM is to be launched anew.
    if (this.#neverStarted) return { cause: 'rebooted' };
    const exit = await this.options.exited;
    const code = exit?.code ?? exitCodeFromLog(await logTail(this.options.paths.firecrackerLog(this.uid)));
    return endFromExit({ ...exit, code }) ?? vanished;
  }

  get #log(): Log {
    return this.options.log;
  }
}
