import { delay } from '../../../../lib/clock.js';
import { isBangerError } from '../../../../lib/errors.js';
import { ensureFolder, readdir, removePath, writeFile } from '../../../../lib/host/files.js';
import { isAlive, signalProcess, waitGone } from '../../../../lib/host/process.js';
import { spawnDetached } from '../../../../lib/host/spawn.js';
import type { Log } from '../../../../lib/log.js';
import type { BootKernel, Hypervisor, LaunchPlan, Machine } from '../../app/ports.js';
import type { HypervisorReport } from '../../domain/choice.js';
import { hypervisorFailed } from '../../domain/errors.js';
import type { FoundMachine, Traces } from '../../domain/traces.js';
import type { ProcessIdentity } from '../../domain/vm.js';
import type { ConsoleLogs } from '../console-logs.js';
import { logged } from '../logged.js';
import { Sweeps } from '../sweeps.js';
import { programPath } from '../tools.js';
import type { VmPaths } from '../vm-paths.js';
import { qemuArgs } from './args.js';
import { lastWords, QemuMachine } from './machine.js';
import { processAt, qemuProcesses } from './processes.js';
import { QemuProgram } from './program.js';
import { QmpClient } from './qmp.js';
import { rememberCounters } from './tap-counters.js';
import { tryKvm } from './trial.js';

export interface QemuOptions {
  /** The program, by name or path. */
  readonly program: string;
  readonly paths: VmPaths;
  readonly consoles: ConsoleLogs;
  readonly log: Log;
}

/** Between exec and the first answer QEMU reads its kernel and builds the machine. */
const upMs = 30_000;
const lookEveryMs = 5;
/** After this without a greeting the caller is asked whether it still wants the VM. */
const greetingMs = 2_000;
/** A process that is there answers at once, or hangs: the start of the service does not wait long for one. */
const adoptMs = 2_000;

/** Runs VMs with QEMU: detached processes that carry the VM's uid as their name and its sockets in our run directory. */
export class Qemu implements Hypervisor {
  readonly kind = 'qemu';
  readonly #program: QemuProgram;
  readonly #sweeps = new Sweeps();

  constructor(private readonly options: QemuOptions) {
    this.#program = new QemuProgram(options.program);
  }

  inspect(): Promise<HypervisorReport> {
    return this.#program.inspect();
  }

  async tryKvm(kernel: BootKernel, signal?: AbortSignal): Promise<string | undefined> {
    return tryKvm(await this.#programFor('try KVM'), kernel, signal);
  }

  async launch(plan: LaunchPlan, signal?: AbortSignal): Promise<Machine> {
    signal?.throwIfAborted();
    const program = await this.#programFor(`start vm ${plan.name}`);
    await this.#refuseSecond(plan);
    return this.#sweeps.launch(plan.uid, () => this.#launch(plan, program, signal), signal);
  }

  find(): Promise<FoundMachine[]> {
    return this.#sweeps.sweep(async (isLaunching) => {
      const { found, left } = await this.#traces(isLaunching);
      await Promise.all(left.map((uid) => this.#clearLeft(uid)));
      return found;
    });
  }

  look(): Promise<Traces> {
    return this.#sweeps.sweep(async (isLaunching) => {
      const { found, left } = await this.#traces(isLaunching);
      const subjectOf = (uid: string) => this.options.paths.runFolder(uid);
      return { machines: found, leftovers: left.map((uid) => ({ uid, kind: 'FOLDER', subject: subjectOf(uid) })) };
    });
  }

  /** The processes, and the VMs whose folders have none. */
  async #traces(isLaunching: (uid: string) => boolean): Promise<{ found: FoundMachine[]; left: string[] }> {
    const { paths } = this.options;
    const found = await qemuProcesses(paths);
    await ensureFolder(paths.runFolders);
    const living = (uid: string) => isLaunching(uid) || found.some((machine) => machine.uid === uid);
    return { found, left: (await readdir(paths.runFolders)).filter((uid) => !living(uid)) };
  }

  async #launch(plan: LaunchPlan, program: string, signal?: AbortSignal): Promise<Machine> {
    let process: ProcessIdentity | undefined;
    try {
      process = await this.#start(plan, program);
      const qmp = await this.#firstAnswer(plan, process, signal);
      return await this.#machine(plan, process, qmp);
    } catch (error) {
      await this.#clear(plan.uid, process);
      throw error;
    }
  }

  /** A process that does not answer is taken over too, so that it can be ended; one with another name is not ours. */
  async adopt({ uid, process }: FoundMachine, name: string): Promise<Machine | undefined> {
    const { paths, log } = this.options;
    if (!isAlive(process) || processAt(process.pid, paths)?.uid !== uid) return undefined;
    const qmp = await QmpClient.connect(paths.qmpSocket(uid), adoptMs).catch((err) => {
      log.warn({ uid, err }, 'a hypervisor was found that does not answer');
      return undefined;
    });
    if (qmp && (await nameOf(qmp)) !== uid) {
      qmp.close();
      return undefined;
    }
    return this.#machine({ uid, name }, process, qmp);
  }

  /** QEMU tells its end on its socket only. */
  async lastEnd(): Promise<undefined> {}

  async #start(plan: LaunchPlan, program: string): Promise<ProcessIdentity> {
    const { paths, consoles } = this.options;
    await Promise.all([ensureFolder(paths.runFolder(plan.uid)), ensureFolder(paths.stateFolder(plan.uid))]);
    await rememberCounters(paths.tapCounters(plan.uid), plan.network.tap);
    await consoles.beginRun(plan.uid);
    const logPath = paths.hypervisorLog(plan.uid);
    // The log is about this run: what the former one said would be taken for its last words.
    await writeFile(logPath, '', { mode: 0o640 });
    const places = {
      program,
      qmpSocket: paths.qmpSocket(plan.uid),
      consoleSocket: paths.consoleSocket(plan.uid),
      consoleLog: paths.consoleLog(plan.uid),
    };
    const started = await spawnDetached(qemuArgs(plan, places), { logPath }).catch((cause) => {
      throw hypervisorFailed(plan.name, `did not start: ${cause.message}`, cause);
    });
    return started.identity;
  }

  /** Takes away what there is of a VM that did not start, or whose process is gone. */
  async #clear(uid: string, process?: ProcessIdentity): Promise<void> {
    if (process) {
      signalProcess(process, 'SIGKILL');
      await waitGone(process, upMs);
    }
    await removePath(this.options.paths.runFolder(uid));
  }

  /** What stays is in no other VM's way. */
  async #clearLeft(uid: string): Promise<void> {
    await logged(this.options.log.child({ uid }), 'clear up after a hypervisor', this.#clear(uid));
  }

  #programFor(what: string): Promise<string> {
    return programPath(what, { program: this.options.program, debianPackage: 'qemu-system-x86' });
  }

  async #refuseSecond({ uid, name }: LaunchPlan): Promise<void> {
    const other = (await qemuProcesses(this.options.paths)).find((found) => found.uid === uid);
    if (other) throw hypervisorFailed(name, `runs already as process ${other.process.pid}`);
  }

  /** QEMU makes its sockets before it answers: looked for until they are there or the process is not. */
  async #firstAnswer(plan: LaunchPlan, process: ProcessIdentity, signal?: AbortSignal): Promise<QmpClient> {
    const { paths } = this.options;
    for (const end = performance.now() + upMs; performance.now() < end; ) {
      signal?.throwIfAborted();
      const qmp = await QmpClient.connect(paths.qmpSocket(plan.uid), greetingMs).catch(() => undefined);
      if (qmp) return qmp;
      if (!isAlive(process))
        throw hypervisorFailed(plan.name, `ended: ${await lastWords(paths.hypervisorLog(plan.uid))}`);
      await delay(lookEveryMs, signal);
    }
    throw hypervisorFailed(plan.name, `did not answer within ${upMs / 1000} s`);
  }

  async #machine(
    { uid, name }: Pick<LaunchPlan, 'uid' | 'name'>,
    process: ProcessIdentity,
    qmp: QmpClient | undefined,
  ): Promise<Machine> {
    const { paths, consoles, log } = this.options;
    const bound = await consoles.bound(uid);
    return new QemuMachine({ uid, name, process, qmp, paths, log, consoles, onRelease: () => bound.close() });
  }
}

async function nameOf(qmp: QmpClient): Promise<string | undefined> {
  try {
    const answer = (await qmp.execute('query-name')) as { name?: string };
    return answer.name;
  } catch (error) {
    if (isBangerError(error)) return undefined;
    throw error;
  }
}
